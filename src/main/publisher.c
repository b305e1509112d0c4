/*
 * mtasts-publisher - keeps what registered domains publish in step
 */
#include "svc/publisher.h"
#include "svc/svc.h"

int
main(int argc, char **argv)
{
	return svc_main(&publisher_duty, argc, argv);
}
