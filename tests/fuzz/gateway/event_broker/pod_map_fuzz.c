/*
 * A map of pods laid over the one that is compiled in. What is taken is written, read again, and is
 * the same; what is refused has words and changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/event_broker/pod_map.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void write_map(const struct pod_map *map, struct buffer *out)
{
    buffer_init(out, SIZE_MAX);
    pod_map_write(map, out);
    require(out->status == VIA_OK);
}

static void check_again(const struct buffer *text)
{
    struct pod_map_fault fault;
    struct pod_map *again;
    struct buffer second;
    require(pod_map_create(&again) == VIA_OK);
    enum via_status status = pod_map_read(again, (const char *)text->data, text->size, &fault);
    write_map(again, &second);
    /* Two texts' lines may be more than one text is taken with. */
    if (status == VIA_OK) {
        const size_t before = second.size - text->size;
        require(second.size > text->size &&
                memcmp(second.data + before, text->data, text->size) == 0);
    } else {
        require(fault.text[0] != '\0');
    }
    buffer_deinit(&second);
    (void)pod_map_destroy(again);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct pod_map_fault fault = {.line = 0};
    struct pod_profile profile;
    struct buffer before, after;
    struct pod_map *map;
    require(pod_map_create(&map) == VIA_OK);
    write_map(map, &before);
    const bool is_good = pod_map_read(map, (const char *)octets, size, &fault) == VIA_OK;
    write_map(map, &after);
    if (is_good)
        check_again(&after);
    else
        require(fault.text[0] != '\0' && after.size == before.size &&
                memcmp(after.data, before.data, before.size) == 0);
    require(pod_map_profile(map, "X-Box pad", 0x045e, 0x028e, &profile) == VIA_OK);
    for (size_t i = 0; i < profile.n_rules; i++)
        require(profile.rules[i].kind < POD_KINDS && profile.rules[i].axis <= POD_AXIS_DEPTH);
    require(profile.width > 0 && profile.height > 0);
    pod_profile_deinit(&profile);
    buffer_deinit(&before);
    buffer_deinit(&after);
    (void)pod_map_destroy(map);
    return is_good;
}
