# lab_ca.sh - the laboratory authority, where tests look for it
. "${MTASTS_SOURCE:?}/tools/lab_ca.sh"
