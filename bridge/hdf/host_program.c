/*
 * The program viaduct-hdf-host. What it does is in the library: host_main.c.
 */
#include "include/hdf/viaduct_hdf.h"

int main(int argc, char **argv)
{
    return via_hdf_host_main(argc, argv);
}
