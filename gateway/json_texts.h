/*
 * Events as JSON, written once for all who are given them as JSON: what differs for each stands
 * beside an event's data, not in it. It holds as many as are spread at once.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/frame.h"
#include "codecs/json_pull.h"
#include "gateway/events.h"

#define JSON_TEXTS_BODY_MAX 4096u /* octets of a payload; larger ones are written for each */

struct json_text {
    const struct gateway_object *object; /* compared only: whose event it is */
    uint64_t epoch, number;              /* of the event; epoch 0: empty */
    struct buffer data;
};

struct json_texts {
    struct json_text all[EVENT_RUN_MAX]; /* by number */
};

void json_texts_init(struct json_texts *texts);
void json_texts_deinit(struct json_texts *texts);

/* The data of the event of @frame, of @object; valid until the next call. Its text is NULL where it
 * has to be written for each. */
struct json_span json_texts_get(struct json_texts *texts, const struct gateway_object *object,
                                const struct frame *frame);
