/*
 * A table of families. Those that are not there have the layout that their service last spoke, at
 * first raw.
 */
#include "gateway/json_families.h"

#include <string.h>

#include "gateway/directory.h"
#include "gateway/objects.h"

static const struct family {
    const char *name;
    enum via_layout layout;
    bool tells;
} families[] = {
    {"openharmony", VIA_LAYOUT_OPENHARMONY, false},
    {"openharmony.child", VIA_LAYOUT_OPENHARMONY, false},
    {"hdf", VIA_LAYOUT_SBUF, false},
    {"legato", VIA_LAYOUT_LEGATO, true},
    {"phoenix", VIA_LAYOUT_PHOENIX, false},
    {"portfolio", VIA_LAYOUT_EVENT_BROKER, false},
};

/* NULL: none of these. */
static const struct family *family_of(const struct directory_entry *entry)
{
    for (size_t i = 0; entry != NULL && i < sizeof families / sizeof *families; i++)
        if (strcmp(entry->spec.family, families[i].name) == 0)
            return &families[i];
    return NULL;
}

const struct layout *json_family_layout(const struct json_target *target)
{
    const struct family *family = family_of(target->entry);
    const struct gateway_object *object = target->object;
    const struct layout *layout = family != NULL ? layout_find(family->layout) : NULL;
    if (layout == NULL && object->has_layout)
        layout = layout_find((enum via_layout)object->layout);
    return layout != NULL ? layout : &layout_raw;
}

bool json_family_tells(const struct directory_entry *entry)
{
    const struct family *family = family_of(entry);
    return family != NULL && family->tells;
}
