/*
 * Numbers as JSON spells them. Whatever the program's locale is, and without loss: what a format
 * function writes, its parse function reads back bit by bit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest literal that is taken, octets. Enough for any float's shortest text twice over, and cJSON
 * cuts longer ones without a word. */
#define JSON_NUMBER_MAX 63u
#define JSON_NUMBER_ROOM 32u /* octets that a format function may write */

/* @text is -?(0|[1-9][0-9]*). false: it is not, or out of range. */
bool json_number_i64(const char *text, size_t size, int64_t *valuep);
bool json_number_u64(const char *text, size_t size, uint64_t *valuep);

/* @text is a JSON number. The nearest float; false where that would be infinite. */
bool json_number_f64(const char *text, size_t size, double *valuep);
bool json_number_f32(const char *text, size_t size, float *valuep);

/* @text is a float that JSON has no number for: "NaN", "Infinity", "-Infinity", or a NaN with all
 * its bits in hexadecimal, such as "NaN:7ff8000000000001". */
bool json_number_named_f64(const char *text, size_t size, double *valuep);
bool json_number_named_f32(const char *text, size_t size, float *valuep);

/* Write the number and return its octets. Floats are mostly as short as can be; what
 * JSON has no number for goes by its name, in quotes. */
size_t json_number_put_u64(uint64_t value, uint8_t *out);
size_t json_number_put_i64(int64_t value, uint8_t *out);
size_t json_number_put_f64(double value, uint8_t *out);
size_t json_number_put_f32(float value, uint8_t *out);
