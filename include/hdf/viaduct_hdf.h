/*
 * What Viaduct adds to HDF.
 */
#pragma once

#include <viaduct/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** via_hdf_set_log_level() - the least level that HDF_LOGx prints: 3 (debug) to 7 (fatal); 0 for
 * that of VIADUCT_HILOG_LEVEL again. Any other number changes nothing. Thread: any. */
VIA_PUBLIC void via_hdf_set_log_level(int level);

/** via_hdf_log_fn - gets each message that is printed, formatted, on the thread that logs; all
 * strings are borrowed for the call */
typedef void (*via_hdf_log_fn)(int level, unsigned int domain, const char *tag,
                               const char *message);

/** via_hdf_set_log_sink() - who gets them, beside standard error; NULL for nobody. Thread: any. */
VIA_PUBLIC void via_hdf_set_log_sink(via_hdf_log_fn sink);

/** via_hdf_set_timeout() - how long a command of this process waits for its answer, milliseconds;
 * HDF_ERR_TIMEOUT then. 0, as at first: as long as it takes. Thread: any. */
VIA_PUBLIC void via_hdf_set_timeout(uint32_t ms);

struct HdfIoService;
/** via_hdf_dropped_events() - how many events of this handle its listeners were not told since it
 * was bound, because they or the link were slower than the driver, or the events larger than 20
 * KiB; 0 for NULL. Thread: any. */
VIA_PUBLIC uint64_t via_hdf_dropped_events(const struct HdfIoService *service);

/** via_hdf_host_main() - the program viaduct-hdf-host, for one that has its drivers linked in: they
 * are found before those of the folder of modules. Call it from main(), before anything else.
 * Return: its exit status. */
VIA_PUBLIC int via_hdf_host_main(int argc, char **argv);

#ifdef __cplusplus
}
#endif
