/* Dates of certificates: read from the command line, written as mbedTLS and people want them. */
#pragma once

#include <mbedtls/x509.h>
#include <stdbool.h>
#include <time.h>

#define DATE_DAY ((time_t)86400)
#define DATE_X509_SIZE 16  /* YYYYMMDDhhmmss and a NUL */
#define DATE_SHOWN_SIZE 24 /* YYYY-MM-DD and a NUL */

/* YYYY-MM-DD, midnight, or YYYY-MM-DDThh:mm:ssZ, from 1970 to 9999, UTC; false for anything else.
 */
bool date_read(const char *text, time_t *datep);

void date_write_x509(time_t date, char text[DATE_X509_SIZE]);
void date_write_shown(time_t date, char text[DATE_SHOWN_SIZE]);
time_t date_of_x509(const mbedtls_x509_time *time);
