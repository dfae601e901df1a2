/*
 * The drivers are in another process, reached over TLS.
 */
#define HDF_FAR true
#include "tests/integration/hdf_client_test.c"
