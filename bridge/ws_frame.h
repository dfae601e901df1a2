/*
 * Headers of WebSocket frames and masks (RFC 6455, section 5), written by ourselves: libwebsockets
 * makes one TLS record of each frame, asks the kernel for each mask, and masks octet by octet in
 * the caller's own memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ws_opcode { WS_CONTINUATION = 0, WS_TEXT = 1, WS_BINARY = 2, WS_PING = 9 };

#define WS_HEADER_MAX 14u /* 2, length 8, mask 4 */

/* Writes a frame's header; @mask is NULL for a server's. Returns its size. */
size_t ws_frame_header(uint8_t header[WS_HEADER_MAX], enum ws_opcode opcode, bool final,
                       size_t size, const uint8_t mask[4]);

/* Copies @size octets, masked. They may not overlap. */
void ws_frame_mask(uint8_t *to, const uint8_t *from, size_t size, const uint8_t mask[4]);
