/*
 * Parts of Portfolio's messages read from what a JSON object says under its names. Functions set
 * the source's fault where they return another status than VIA_OK.
 */
#pragma once

#include "codecs/json_given.h"
#include "codecs/portfolio_classes.h"
#include "codecs/portfolio_json.h"

/* An integer of @type, not CHARS, or its digits in quotes. */
VIA_MUST_USE enum via_status portfolio_given_number(struct json_source *source,
                                                    const struct json_given *given,
                                                    enum portfolio_type type, uint32_t *numberp);
/* true, false, or a number. */
VIA_MUST_USE enum via_status
portfolio_given_flag(struct json_source *source, const struct json_given *given, uint32_t *numberp);
/* Writes the field to its place in the structure at @octets: a number, an array of as many as it
 * has, or text. */
VIA_MUST_USE enum via_status portfolio_given_field(struct json_source *source,
                                                   const struct json_given *given,
                                                   const struct portfolio_field *field,
                                                   uint8_t *octets);
/* "LC_Observer", or a number. */
VIA_MUST_USE enum via_status portfolio_given_category(struct json_source *source,
                                                      const struct json_given *given,
                                                      uint32_t *categoryp);
/* An array of names and numbers of events, or of eight words of which one is no event's number; or
 * an object of "names", such an array, and "bits", eight words. Bits are added to @mask. */
VIA_MUST_USE enum via_status portfolio_given_mask(struct json_source *source,
                                                  const struct json_given *given,
                                                  const struct portfolio_json_names *names,
                                                  uint32_t mask[PORTFOLIO_MASK_WORDS]);
/* Adds an array of octets to the scratch. */
VIA_MUST_USE enum via_status portfolio_given_octet_array(struct json_source *source,
                                                         const struct json_given *given);
/* Adds state or data of an event to the scratch: an object of the names in @structure (NULL: none)
 * and "buttons" of class @class (-1: of none), or of "words" alone. */
VIA_MUST_USE enum via_status portfolio_given_event_data(struct json_source *source,
                                                        const struct json_given *given,
                                                        const struct portfolio_struct *structure,
                                                        int class);
/* Adds a chain of frames, with its end, to the scratch. */
VIA_MUST_USE enum via_status portfolio_given_frames(struct json_source *source,
                                                    const struct json_given *given,
                                                    const struct portfolio_json_names *names);
