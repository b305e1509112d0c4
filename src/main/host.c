/*
 * mtasts-host - serves the policies of all registered domains
 */
#include "svc/host.h"
#include "svc/svc.h"

int
main(int argc, char **argv)
{
	return svc_main(&host_duty, argc, argv);
}
