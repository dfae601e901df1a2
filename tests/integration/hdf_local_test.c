/*
 * The drivers are in another process, reached over the socket.
 */
#define HDF_FAR false
#include "tests/integration/hdf_client_test.c"
