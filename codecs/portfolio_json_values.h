/*
 * Parts of Portfolio's messages written as JSON. What is written has a comma before it where it is
 * a name and a value, and none where it is a value.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/portfolio_fields.h"
#include "codecs/portfolio_json.h"

/* Number @index of the field, of the structure at @octets. */
uint32_t portfolio_json_number_at(const struct portfolio_field *field, const uint8_t *octets,
                                  size_t index);

/* Names and values of all fields of the structure at @octets that have a name. */
void portfolio_json_fields(struct buffer *out, const struct portfolio_struct *structure,
                           const uint8_t *octets);
/* Whether what stands in CHARS is text with nothing behind it, so that all of it is shown. */
bool portfolio_json_tells(const struct portfolio_struct *structure, const uint8_t *octets);
/* {"names":[...],"bits":[...]} */
void portfolio_json_mask(struct buffer *out, const uint32_t mask[PORTFOLIO_MASK_WORDS],
                         const struct portfolio_json_names *names);
/* "LC_Observer", or a number that has no name. */
void portfolio_json_category(struct buffer *out, uint32_t category);
/* ,"octets":[...] */
void portfolio_json_octets(struct buffer *out, const uint8_t *octets, size_t size);
/* State or data of class @class (-1: of none), with its buttons; {"words":[...]} where @octets are
 * not what @structure, which may be NULL, can show whole. @size is a multiple of 4. */
void portfolio_json_event_data(struct buffer *out, const struct portfolio_struct *structure,
                               int class, const uint8_t *octets, size_t size);
/* ,"frames":[...] of a record that portfolio_frames_check() has found good. */
void portfolio_json_frames(struct buffer *out, const uint8_t *data, size_t size,
                           const struct portfolio_json_names *names);
