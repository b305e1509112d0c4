"""Hands in messages: lab_mail.py ADDR:PORT RECIPIENT...

One message each, over one connection; RECIPIENT may be several with commas
between. Non-ASCII recipients use SMTPUTF8.
"""

import smtplib
import sys

TEXT = "From: a@sender.example\r\nSubject: test\r\n\r\nHello.\r\n"


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    with smtplib.SMTP(host, int(port), "lab.example", timeout=30) as smtp:
        for rcpt in sys.argv[2:]:
            options = [] if rcpt.isascii() else ["SMTPUTF8"]
            smtp.ehlo_or_helo_if_needed()
            smtp.sendmail("a@sender.example", rcpt.split(","), TEXT, options)


if __name__ == "__main__":
    main()
