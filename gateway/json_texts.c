/*
 * References are numbers of each session's own, and descriptors are nobody's: an event that has any
 * is not kept here.
 */
#include "gateway/json_texts.h"

#include "codecs/json_payload.h"
#include "codecs/layout.h"
#include "codecs/payload.h"

void json_texts_init(struct json_texts *texts)
{
    for (size_t i = 0; i < EVENT_RUN_MAX; i++) {
        texts->all[i] = (struct json_text){.epoch = 0};
        buffer_init(&texts->all[i].data, SIZE_MAX);
    }
}

void json_texts_deinit(struct json_texts *texts)
{
    for (size_t i = 0; i < EVENT_RUN_MAX; i++)
        buffer_deinit(&texts->all[i].data);
}

static bool write_data(struct json_text *text, const struct frame *frame)
{
    static const struct json_numbers none;
    const struct payload payload = {.layout = (enum via_layout)frame->layout,
                                    .octets = frame->body,
                                    .size = frame->body_size,
                                    .tape = frame->tape,
                                    .tape_size = frame->tape_size};
    const struct layout *layout = layout_find(payload.layout);
    buffer_cut(&text->data, 0);
    if (layout != NULL && layout->messages != NULL && layout->messages->write_call != NULL &&
        layout->messages->write_call(&text->data, &payload, frame->code, NULL) == VIA_OK)
        return true;
    buffer_cut(&text->data, 0); /* what is no message is octets */
    return json_payload_write(&text->data, &payload, &none) == VIA_OK &&
           text->data.status == VIA_OK;
}

struct json_span json_texts_get(struct json_texts *texts, const struct gateway_object *object,
                                const struct frame *frame)
{
    uint64_t epoch = events_epoch(object), number = frame_number(frame);
    struct json_text *text = &texts->all[number % EVENT_RUN_MAX];
    if (number == 0 || epoch == 0 || frame->n_refs > 0 || frame->n_fds > 0 ||
        frame->body_size > JSON_TEXTS_BODY_MAX)
        return (struct json_span){.text = NULL};
    if (text->object != object || text->epoch != epoch || text->number != number) {
        text->epoch = 0;
        if (!write_data(text, frame))
            return (struct json_span){.text = NULL};
        text->object = object;
        text->epoch = epoch;
        text->number = number;
    }
    return (struct json_span){.text = (const char *)text->data.data, .size = text->data.size};
}
