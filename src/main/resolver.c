/*
 * mtasts-resolver - answers MTAs which policy holds for a destination
 */
#include "svc/resolver.h"
#include "svc/svc.h"

int
main(int argc, char **argv)
{
	return svc_main(&resolver_duty, argc, argv);
}
