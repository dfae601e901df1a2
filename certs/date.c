/*
 * All dates are UTC. A date that does not exist, such as February 30th, is found by looking whether
 * it survives the way to seconds and back.
 */
#include "certs/date.h"

#include <stdio.h>
#include <string.h>

bool date_read(const char *text, time_t *datep)
{
    struct tm wanted = {.tm_isdst = 0};
    const char *end = strptime(text, "%Y-%m-%d", &wanted);
    if (end == NULL)
        return false;
    if (*end == 'T')
        end = strptime(end, "T%H:%M:%SZ", &wanted);
    if (end == NULL || *end != '\0' || wanted.tm_year < 70 || wanted.tm_year > 9999 - 1900)
        return false;

    struct tm given = wanted;
    time_t date = timegm(&wanted);
    struct tm back;
    if (gmtime_r(&date, &back) == NULL || back.tm_mday != given.tm_mday ||
        back.tm_mon != given.tm_mon || back.tm_sec != given.tm_sec)
        return false;
    *datep = date;
    return true;
}

void date_write_x509(time_t date, char text[DATE_X509_SIZE])
{
    struct tm parts = {.tm_isdst = 0};
    (void)gmtime_r(&date, &parts);
    (void)strftime(text, DATE_X509_SIZE, "%Y%m%d%H%M%S", &parts);
}

void date_write_shown(time_t date, char text[DATE_SHOWN_SIZE])
{
    struct tm parts = {.tm_isdst = 0};
    (void)gmtime_r(&date, &parts);
    (void)strftime(text, DATE_SHOWN_SIZE, "%Y-%m-%d", &parts);
}

time_t date_of_x509(const mbedtls_x509_time *time)
{
    struct tm parts = {.tm_year = time->year - 1900,
                       .tm_mon = time->mon - 1,
                       .tm_mday = time->day,
                       .tm_hour = time->hour,
                       .tm_min = time->min,
                       .tm_sec = time->sec};
    return timegm(&parts);
}
