/*
 * The table of layouts.
 */

#include "codecs/layout.h"

#include <string.h>

static const struct layout *const layouts[] = {
    &layout_raw,     &layout_openharmony,  &layout_hdf,     &layout_legato,
    &layout_phoenix, &layout_event_broker, &layout_control,
};

enum via_status layout_refuse_get(struct payload_cursor *cursor, size_t size, struct value *valuep)
{
    (void)cursor;
    (void)size;
    (void)valuep;
    return VIA_BAD_TAPE;
}

enum via_status layout_refuse_put(struct via_parcel *parcel, const struct value *value)
{
    (void)parcel;
    (void)value;
    return VIA_BAD_TYPE;
}

enum via_status layout_refuse_ref(struct via_parcel *parcel, struct via_proxy *proxy)
{
    (void)parcel;
    (void)proxy;
    return VIA_BAD_TYPE;
}

enum via_status layout_refuse_fd(struct via_parcel *parcel, int fd)
{
    (void)parcel;
    (void)fd;
    return VIA_BAD_TYPE;
}

const struct layout *layout_find(enum via_layout number)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i]->number == number)
            return layouts[i];
    return NULL;
}

const struct layout *layout_of_family(const char *family)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (strcmp(layouts[i]->family != NULL ? layouts[i]->family : layouts[i]->name, family) == 0)
            return layouts[i];
    return &layout_raw;
}

bool layout_code(const char *text, size_t size, uint32_t *codep)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i]->messages != NULL && layouts[i]->messages->code(text, size, codep))
            return true;
    return false;
}
