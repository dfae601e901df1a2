/*
 * The drivers are in another process, reached over TLS.
 */
#define HDF_FAR true
/* NOLINTNEXTLINE(bugprone-suspicious-include): one source, three programs */
#include "tests/integration/hdf_client_test.c"
