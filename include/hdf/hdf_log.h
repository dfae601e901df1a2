/*
 * HDF: log lines, here to standard error. Formats are printf's; `{public}` or `{private}` may stand
 * right after a `%`, and leave no trace. With VIADUCT_HILOG_PRIVACY=1 in the environment every
 * argument that is not marked public is printed as <private>; VIADUCT_HILOG_LEVEL (3 to 7) is the
 * least level that is printed.
 *
 * HDF_LOG_TAG is used where a macro stands: define it after including this, as a bare word or as a
 * string.
 *
 * Source: docs/hdf.md, "Log"; the system's hdf_log.h.
 */
#pragma once

#ifdef HDF_LOG_TAG
#undef HDF_LOG_TAG
#endif

#define LOG_TAG_MARK_EXTEND(HDF_TAG) #HDF_TAG
#define LOG_TAG_MARK(HDF_TAG) LOG_TAG_MARK_EXTEND(HDF_TAG)
#ifndef LOG_TAG
#define LOG_TAG LOG_TAG_MARK(HDF_LOG_TAG)
#endif

#undef LOG_DOMAIN
#define LOG_DOMAIN 0xD002500

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * via_hdf_log() - what the macros below call: one message, a line for each of its lines
 * @level:  3 (debug) to 7 (fatal)
 * @domain: whose log it is: its lowest 20 bits are shown
 * @tag:    cut to 31 octets; quotation marks around it are left out; "HDF" for NULL
 * @fmt:    as printf's, with the marks; the message is cut to 4,095 octets. Nothing for NULL.
 *
 * It leaves errno as it was. No format attribute: the marks, and %llu for a uint64_t, would warn.
 * Thread: any.
 */
void via_hdf_log(int level, unsigned int domain, const char *tag, const char *fmt, ...);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/** HDF_LOGV() and the others - (fmt, ...), one message; the system has no level below debug */
#define HDF_LOGV(...) via_hdf_log(3, LOG_DOMAIN, LOG_TAG, __VA_ARGS__)
#define HDF_LOGD(...) via_hdf_log(3, LOG_DOMAIN, LOG_TAG, __VA_ARGS__)
#define HDF_LOGI(...) via_hdf_log(4, LOG_DOMAIN, LOG_TAG, __VA_ARGS__)
#define HDF_LOGW(...) via_hdf_log(5, LOG_DOMAIN, LOG_TAG, __VA_ARGS__)
#define HDF_LOGE(...) via_hdf_log(6, LOG_DOMAIN, LOG_TAG, __VA_ARGS__)
