/*
 * Three octets to four characters and back. The decoder refuses characters of other alphabets,
 * missing padding, and set bits that the padding says are not there: two texts never mean the same.
 */
#include "codecs/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NO 0x40u /* no character of the alphabet: above all six-bit values */

void base64_encode(const uint8_t *octets, size_t size, uint8_t *out)
{
    for (; size >= 3; size -= 3, octets += 3, out += 4) {
        uint32_t three = (uint32_t)octets[0] << 16 | (uint32_t)octets[1] << 8 | octets[2];
        out[0] = (uint8_t)alphabet[three >> 18];
        out[1] = (uint8_t)alphabet[three >> 12 & 63u];
        out[2] = (uint8_t)alphabet[three >> 6 & 63u];
        out[3] = (uint8_t)alphabet[three & 63u];
    }
    if (size == 0)
        return;
    uint32_t rest = (uint32_t)octets[0] << 16 | (size == 2 ? (uint32_t)octets[1] << 8 : 0);
    out[0] = (uint8_t)alphabet[rest >> 18];
    out[1] = (uint8_t)alphabet[rest >> 12 & 63u];
    out[2] = (uint8_t)(size == 2 ? alphabet[rest >> 6 & 63u] : '=');
    out[3] = '=';
}

/* From '+' to 'z'. */
static const uint8_t sextets[] = {62, NO, NO, NO, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO,
                                  NO, NO, NO, NO, NO, NO, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,
                                  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                                  NO, NO, NO, NO, NO, NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
                                  36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51};

static uint32_t sextet(char character)
{
    unsigned index = (unsigned)(unsigned char)character - '+';
    return index < sizeof sextets ? sextets[index] : NO;
}

/* The last four characters, of which @n stand before the padding. */
static bool decode_rest(const char *text, size_t n, uint8_t *out)
{
    uint32_t a = sextet(text[0]);
    uint32_t b = sextet(text[1]);
    if (((a | b) & NO) != 0)
        return false;
    if (n == 2) {
        out[0] = (uint8_t)(a << 2 | b >> 4);
        return (b & 15u) == 0;
    }
    uint32_t c = sextet(text[2]);
    if ((c & NO) != 0)
        return false;
    out[0] = (uint8_t)(a << 2 | b >> 4);
    out[1] = (uint8_t)(b << 4 | c >> 2);
    return (c & 3u) == 0;
}

bool base64_decode(const char *text, size_t size, uint8_t *out, size_t *sizep)
{
    if (size % 4 != 0)
        return false;
    size_t padding = 0;
    if (size > 0 && text[size - 1] == '=')
        padding = text[size - 2] == '=' ? 2 : 1;

    size_t whole = padding == 0 ? size : size - 4;
    uint8_t *to = out;
    for (size_t at = 0; at < whole; at += 4, to += 3) {
        uint32_t a = sextet(text[at]);
        uint32_t b = sextet(text[at + 1]);
        uint32_t c = sextet(text[at + 2]);
        uint32_t d = sextet(text[at + 3]);
        if (((a | b | c | d) & NO) != 0)
            return false;
        to[0] = (uint8_t)(a << 2 | b >> 4);
        to[1] = (uint8_t)(b << 4 | c >> 2);
        to[2] = (uint8_t)(c << 6 | d);
    }
    if (padding > 0 && !decode_rest(text + whole, 4 - padding, to))
        return false;
    *sizep = whole / 4 * 3 + (padding == 0 ? 0 : 3 - padding);
    return true;
}
