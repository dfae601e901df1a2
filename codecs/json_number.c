/*
 * Floats that have few digits, as those of a call mostly do, are converted with exact arithmetic:
 * a quotient of two integers below 2^53 and 10^22 is rounded once, hence the nearest float to
 * its decimal text. All others go through the C library, which knows how but is slow and asks the
 * locale for a decimal point; that is undone here.
 */
#include "codecs/json_number.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53: integers up to here are doubles */
#define TENS 22                      /* 10^22 is the last power of ten that is a double */

static const double tens[TENS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* ---- integers ---- */

bool json_number_u64(const char *text, size_t size, uint64_t *valuep)
{
    if (size == 0 || (text[0] == '0' && size > 1))
        return false;
    uint64_t value = 0;
    for (size_t at = 0; at < size; at++) {
        if (text[at] < '0' || text[at] > '9')
            return false;
        uint64_t digit = (uint64_t)(text[at] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *valuep = value;
    return true;
}

bool json_number_i64(const char *text, size_t size, int64_t *valuep)
{
    bool negative = size > 0 && text[0] == '-';
    uint64_t magnitude;
    if (!json_number_u64(text + negative, size - negative, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    if (!negative)
        *valuep = (int64_t)magnitude;
    else if (magnitude == 0)
        *valuep = 0;
    else
        *valuep = -(int64_t)(magnitude - 1) - 1;
    return true;
}

size_t json_number_put_u64(uint64_t value, uint8_t *out)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

size_t json_number_put_i64(int64_t value, uint8_t *out)
{
    if (value >= 0)
        return json_number_put_u64((uint64_t)value, out);
    *out = '-';
    return 1 + json_number_put_u64(0 - (uint64_t)value, out + 1);
}

/* ---- text to float ---- */

/* Without the C library; false where that would round twice. */
static bool read_exact(const char *text, size_t size, double *valuep)
{
    const char *at = text;
    const char *end = text + size;
    bool negative = *at == '-';
    at += negative;

    uint64_t mantissa = 0;
    int point = 0; /* power of ten from digits behind the point */
    bool behind = false;
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            behind = true;
            continue;
        }
        if (mantissa > (uint64_t)EXACT_MAX / 10)
            return false;
        mantissa = mantissa * 10 + (uint64_t)(*at - '0');
        point -= behind;
    }
    if (mantissa > (uint64_t)EXACT_MAX)
        return false;

    int exponent = 0;
    if (at < end) {
        at++;
        bool down = *at == '-';
        at += down || *at == '+';
        for (; at < end; at++) {
            if (exponent > 1000)
                return false;
            exponent = exponent * 10 + (*at - '0');
        }
        if (down)
            exponent = -exponent;
    }
    exponent += point;
    if (exponent < -TENS || exponent > TENS)
        return false;

    double value = (double)mantissa;
    if (exponent < 0)
        value /= tens[-exponent];
    else
        value *= tens[exponent];
    *valuep = negative ? -value : value;
    return true;
}

/* A literal as the C library wants it: ended by a NUL. */
static void terminate(const char *text, size_t size, char *out)
{
    assert(size <= JSON_NUMBER_MAX);
    memcpy(out, text, size);
    out[size] = '\0';
}

/* glibc's C locale is a static object: asking for it takes no memory, and it is not given back. */
static locale_t c_locale(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

bool json_number_f64(const char *text, size_t size, double *valuep)
{
    if (FLT_EVAL_METHOD == 0 && read_exact(text, size, valuep))
        return true;
    char literal[JSON_NUMBER_MAX + 1];
    terminate(text, size, literal);
    double value = strtod_l(literal, NULL, c_locale());
    if (isinf(value))
        return false;
    *valuep = value;
    return true;
}

/* Whether @value stands just between two floats: only then may rounding it a second time differ
 * from rounding once. False also for zero; asked of doubles in the range of normal floats. */
static bool is_between_floats(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits & 0x1fffffffu) == 0x10000000u;
}

static bool round_exact(double value, float *valuep)
{
    double size = fabs(value);
    if ((size < (double)FLT_MIN && size > 0) || size > (double)FLT_MAX || is_between_floats(value))
        return false;
    *valuep = (float)value;
    return true;
}

bool json_number_f32(const char *text, size_t size, float *valuep)
{
    double near;
    if (FLT_EVAL_METHOD == 0 && read_exact(text, size, &near) && round_exact(near, valuep))
        return true;
    char literal[JSON_NUMBER_MAX + 1];
    terminate(text, size, literal);
    float value = strtof_l(literal, NULL, c_locale());
    if (isinf(value))
        return false;
    *valuep = value;
    return true;
}

/* ---- floats that are no numbers ---- */

#define NAN_64 UINT64_C(0x7ff8000000000000)
#define INFINITY_64 UINT64_C(0x7ff0000000000000)
#define SIGN_64 UINT64_C(0x8000000000000000)
#define NAN_32 UINT32_C(0x7fc00000)
#define INFINITY_32 UINT32_C(0x7f800000)
#define SIGN_32 UINT32_C(0x80000000)

static bool is_name(const char *text, size_t size, const char *name)
{
    return size == strlen(name) && memcmp(text, name, size) == 0;
}

/* "NaN:" and @n_digits hexadecimal digits. */
static bool read_nan_bits(const char *text, size_t size, size_t n_digits, uint64_t *bitsp)
{
    static const char digits[16] = "0123456789abcdef";
    uint64_t bits = 0;
    if (size != 4 + n_digits || memcmp(text, "NaN:", 4) != 0)
        return false;
    for (size_t at = 4; at < size; at++) {
        const char *digit = memchr(digits, text[at], sizeof digits);
        if (digit == NULL)
            return false;
        bits = bits << 4 | (uint64_t)(digit - digits);
    }
    *bitsp = bits;
    return true;
}

bool json_number_named_f64(const char *text, size_t size, double *valuep)
{
    uint64_t bits;
    if (is_name(text, size, "NaN"))
        bits = NAN_64;
    else if (is_name(text, size, "Infinity"))
        bits = INFINITY_64;
    else if (is_name(text, size, "-Infinity"))
        bits = INFINITY_64 | SIGN_64;
    else if (!read_nan_bits(text, size, 16, &bits) || (bits & ~SIGN_64) <= INFINITY_64)
        return false;
    memcpy(valuep, &bits, sizeof bits);
    return true;
}

bool json_number_named_f32(const char *text, size_t size, float *valuep)
{
    uint32_t bits;
    uint64_t wide;
    if (is_name(text, size, "NaN"))
        bits = NAN_32;
    else if (is_name(text, size, "Infinity"))
        bits = INFINITY_32;
    else if (is_name(text, size, "-Infinity"))
        bits = INFINITY_32 | SIGN_32;
    else if (!read_nan_bits(text, size, 8, &wide) || (wide & ~SIGN_32) <= INFINITY_32)
        return false;
    else
        bits = (uint32_t)wide;
    memcpy(valuep, &bits, sizeof bits);
    return true;
}

/* The name in quotes; @n_digits of @bits where a NaN is not the one that "NaN" stands for. */
static size_t put_name(bool nan, bool negative, size_t n_digits, uint64_t bits, uint8_t *out)
{
    char text[JSON_NUMBER_ROOM];
    int n;
    if (!nan)
        n = snprintf(text, sizeof text, "\"%sInfinity\"", negative ? "-" : "");
    else if (n_digits == 0)
        n = snprintf(text, sizeof text, "\"NaN\"");
    else
        n = snprintf(text, sizeof text, "\"NaN:%0*" PRIx64 "\"", (int)n_digits, bits);
    memcpy(out, text, (size_t)n);
    return (size_t)n;
}

static size_t put_name_f64(double value, uint8_t *out)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return put_name(isnan(value), signbit(value), bits == NAN_64 ? 0 : 16, bits, out);
}

static size_t put_name_f32(float value, uint8_t *out)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return put_name(isnan(value), signbit(value), bits == NAN_32 ? 0 : 8, bits, out);
}

/* ---- float to text ---- */

/* @mantissa / 10^@places. */
static size_t put_decimal(bool negative, uint64_t mantissa, int places, uint8_t *out)
{
    uint8_t digits[JSON_NUMBER_ROOM];
    size_t n = json_number_put_u64(mantissa, digits);
    size_t behind = (size_t)places;
    uint8_t *at = out;
    if (negative)
        *at++ = '-';
    if (n > behind) {
        memcpy(at, digits, n - behind);
        at += n - behind;
    } else {
        *at++ = '0';
    }
    if (behind > 0) {
        *at++ = '.';
        size_t zeros = n < behind ? behind - n : 0;
        memset(at, '0', zeros);
        at += zeros;
        size_t rest = behind - zeros;
        memcpy(at, digits + n - rest, rest);
        at += rest;
    }
    return (size_t)(at - out);
}

/* The C library's text with @digits digits, its decimal point made JSON's. */
static size_t put_library(double value, int digits, uint8_t *out)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%.*g", digits, value);
    assert(n > 0 && n < (int)sizeof text);
    size_t size = 0;
    bool point = false;
    for (const char *at = text; *at != '\0'; at++) {
        if ((*at >= '0' && *at <= '9') || *at == '-' || *at == '+' || *at == 'e') {
            out[size++] = (uint8_t)*at;
        } else if (!point) { /* a locale's point may have several octets */
            out[size++] = '.';
            point = true;
        }
    }
    return size;
}

size_t json_number_put_f64(double value, uint8_t *out)
{
    if (!isfinite(value))
        return put_name_f64(value, out);
    double size = fabs(value);
    bool negative = signbit(value) != 0;
    if (FLT_EVAL_METHOD == 0 && (size == 0 || (size >= 1e-5 && size < 1e15))) {
        for (int places = 0; places <= TENS; places++) {
            double scaled = size * tens[places];
            if (scaled > 1e15)
                break;
            double mantissa = nearbyint(scaled);
            if (mantissa / tens[places] == size)
                return put_decimal(negative, (uint64_t)mantissa, places, out);
        }
    }
    /* Denormals have fewer digits the smaller they are. */
    for (int digits = size < DBL_MIN ? 1 : 15; digits < 17; digits++) {
        size_t n = put_library(value, digits, out);
        double back;
        if (json_number_f64((const char *)out, n, &back) && back == value)
            return n;
    }
    return put_library(value, 17, out);
}

size_t json_number_put_f32(float value, uint8_t *out)
{
    if (!isfinite(value))
        return put_name_f32(value, out);
    double size = fabs((double)value);
    bool negative = signbit(value) != 0;
    if (FLT_EVAL_METHOD == 0 && (size == 0 || (size >= 1e-5 && size < 1e9))) {
        for (int places = 0; places <= 14; places++) {
            double mantissa = nearbyint(size * tens[places]);
            if (mantissa > 999999999.0)
                break;
            double near = mantissa / tens[places];
            if (!is_between_floats(near) && (double)(float)near == size)
                return put_decimal(negative, (uint64_t)mantissa, places, out);
        }
    }
    for (int digits = size < (double)FLT_MIN ? 1 : 6; digits < 9; digits++) {
        size_t n = put_library((double)value, digits, out);
        float back;
        if (json_number_f32((const char *)out, n, &back) && back == value)
            return n;
    }
    return put_library((double)value, 9, out);
}
