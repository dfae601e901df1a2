/*
 * An event filter as a subscriber's parameters bring it, as JSON, and as text. The first octet
 * chooses. One that is accepted makes sense, and comes back the same through its parameters.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/event_filter.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool is_same(const struct event_filter *a, const struct event_filter *b)
{
    return a->n_ids == b->n_ids && memcmp(a->ids, b->ids, a->n_ids * sizeof a->ids[0]) == 0 &&
           a->every_ms == b->every_ms && a->age_ms == b->age_ms && a->value == b->value &&
           a->by_change == b->by_change && a->has_low == b->has_low && a->has_high == b->has_high;
}

static void check(const struct event_filter *filter)
{
    struct event_filter again = {0};
    struct via_parcel *parcel;
    require(event_filter_is_sane(filter));
    require(via_parcel_create(&parcel) == VIA_OK);
    require(event_filter_write(filter, parcel) == VIA_OK);
    require(via_parcel_seek(parcel, 0) == VIA_OK);
    require(event_filter_read(&again, parcel) == VIA_OK);
    require(is_same(filter, &again));
    via_parcel_unref(parcel);
}

static bool read_parameters(struct event_filter *filter, const uint8_t *octets, size_t size)
{
    struct via_parcel *parcel;
    require(via_parcel_create(&parcel) == VIA_OK);
    enum via_status status = via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL);
    if (status == VIA_OK)
        status = via_parcel_seek(parcel, 0);
    if (status == VIA_OK)
        status = event_filter_read(filter, parcel);
    via_parcel_unref(parcel);
    return status == VIA_OK;
}

/* NAME, an octet 0, VALUE. */
static bool read_text(struct event_filter *filter, const uint8_t *octets, size_t size, char *words)
{
    char *text = malloc(size + 2);
    require(text != NULL);
    memcpy(text, octets, size);
    text[size] = text[size + 1] = '\0';
    enum via_status status = event_filter_set(filter, text, text + strlen(text) + 1, words);
    require(status == VIA_OK || status == VIA_INVALID || status == VIA_NOT_FOUND);
    free(text);
    return status == VIA_OK;
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct event_filter filter = {0};
    char words[EVENT_FILTER_WORDS_MAX] = "";
    bool taken = false;
    if (size == 0)
        return false;
    const uint8_t *rest = octets + 1;
    switch (octets[0] % 3) {
    case 0:
        taken = event_filter_read_json(&filter, (const char *)rest, size - 1, words) == VIA_OK;
        break;
    case 1:
        taken = read_text(&filter, rest, size - 1, words);
        break;
    default:
        taken = read_parameters(&filter, rest, size - 1);
    }
    if (taken && event_filter_is_sane(&filter))
        check(&filter);
    return taken;
}
