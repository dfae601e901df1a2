/*
 * Foreign numbers become words here, once; the statuses only tell wrong use (VIA_INVALID), what is
 * in the way (VIA_EXISTS) and the rest apart.
 */
#include "certs/fault.h"

#include <errno.h>
#include <mbedtls/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum via_status fault_set(struct fault *fault, enum via_status status, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, values);
    va_end(values);
    return status;
}

enum via_status fault_errno(struct fault *fault, const char *doing, int number)
{
    char reason[128];
    enum via_status status = number == ENOENT                      ? VIA_NOT_FOUND
                             : number == EACCES || number == EPERM ? VIA_DENIED
                                                                   : VIA_IO;
    return fault_set(fault, status, "%s: %s", doing, strerror_r(number, reason, sizeof reason));
}

enum via_status fault_mbedtls(struct fault *fault, const char *doing, int number)
{
    char reason[160];
    mbedtls_strerror(number, reason, sizeof reason);
    return fault_set(fault, VIA_BAD_CERTIFICATE, "%s: %s", doing, reason);
}
