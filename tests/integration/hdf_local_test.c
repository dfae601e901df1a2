/*
 * The drivers are in another process, reached over the socket.
 */
#define HDF_FAR false
/* NOLINTNEXTLINE(bugprone-suspicious-include): one source, three programs */
#include "tests/integration/hdf_client_test.c"
