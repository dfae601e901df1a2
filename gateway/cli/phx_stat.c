/*
 * Attributes: all at once where the server has mtGetAttrAll, else the mode alone. None of them has
 * to be there.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "gateway/cli/phx.h"

#define ABI PHOENIX_ABI_LP64

/* Kinds of objects by their mode. */
static const struct {
    uint32_t kind;
    char letter;
    const char *name;
} kinds[] = {
    {PHX_MODE_FILE, '-', "file"}, {PHX_MODE_DIR, 'd', "dir"}, {PHX_MODE_LINK, 'l', "symlink"},
    {0020000, 'c', "chr"},        {0060000, 'b', "blk"},      {0010000, 'p', "fifo"},
    {0140000, 's', "sock"},
};

/* @attribute is one. */
static size_t index_of(const char *attribute)
{
    size_t index = 0;
    while (index < PHX_ATTRIBUTES && strcmp(phoenix_attr_name(index), attribute) != 0)
        index++;
    assert(index < PHX_ATTRIBUTES);
    return index;
}

void phx_stat_know(struct phx_stat *stat, const char *attribute, int64_t value)
{
    const size_t index = index_of(attribute);
    stat->is_known[index] = true;
    stat->values[index] = value;
}

bool phx_stat_value(const struct phx_stat *stat, const char *attribute, int64_t *valuep)
{
    const size_t index = index_of(attribute);
    *valuep = stat->values[index];
    return stat->is_known[index];
}

void phx_stat_take(struct phx_stat *stat, const uint8_t octets[PHOENIX_STRUCT_MAX])
{
    const struct phoenix_struct *all = phoenix_struct_of(PHOENIX_ATTRS);
    const size_t size = phoenix_struct_size(all, ABI);
    for (size_t i = 0; i < PHX_ATTRIBUTES; i++) {
        const uint8_t *at = octets + i * size;
        stat->is_known[i] =
            (int64_t)phoenix_get(PHOENIX_ERRNO, ABI, at + phoenix_member_at(all, 1, ABI)) >= 0;
        stat->values[i] = stat->is_known[i] ? (int64_t)phoenix_get(PHOENIX_I64, ABI, at) : 0;
    }
}

static int32_t read_all(struct phx_asker *asker, struct phx_stat *stat)
{
    uint8_t octets[PHOENIX_STRUCT_MAX];
    struct phx_message message = {.type = PHOENIX_GETATTRALL,
                                  .oid = stat->node.fil,
                                  .room = octets,
                                  .room_size = sizeof octets};
    int32_t err = phx_send(asker, &message);
    if (err >= 0)
        phx_stat_take(stat, octets);
    return err;
}

int32_t phx_stat_attributes(struct phx_asker *asker, const struct phx_node *node,
                            struct phx_stat *stat)
{
    int64_t mode = 0;
    memset(stat, 0, sizeof *stat);
    stat->node = *node;
    int32_t err = read_all(asker, stat);
    if (err < 0 && asker->status == VIA_OK &&
        phx_attribute(asker, &node->fil, "atMode", &mode) >= 0) {
        phx_stat_know(stat, "mode", mode);
        err = 0;
    }
    if (err < 0 && (asker->status != VIA_OK || err == -ENOENT))
        return err;
    return asker->status == VIA_OK ? 0 : -EIO;
}

int32_t phx_stat_read(struct phx_asker *asker, const struct phx_node *node, struct phx_stat *stat)
{
    int32_t err = phx_stat_attributes(asker, node, stat);
    if (err >= 0 && (phx_stat_mode(stat) & PHX_MODE_KIND) == PHX_MODE_LINK &&
        phx_target(asker, &node->fil, stat->target) < 0)
        stat->target[0] = '\0';
    return asker->status == VIA_OK ? err : -EIO;
}

void phx_stat_of_names(struct phx_stat *stat)
{
    memset(stat, 0, sizeof *stat);
    phx_stat_know(stat, "mode", PHX_MODE_DIR | 0555);
    phx_stat_know(stat, "type", PHX_DIR);
}

uint32_t phx_stat_mode(const struct phx_stat *stat)
{
    int64_t mode;
    return phx_stat_value(stat, "mode", &mode) ? (uint32_t)mode : 0;
}

const char *phx_stat_type(const struct phx_stat *stat)
{
    const uint32_t mode = phx_stat_mode(stat);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((mode & PHX_MODE_KIND) == kinds[i].kind)
            return kinds[i].name;
    return "unknown";
}

void phx_stat_letters(const struct phx_stat *stat, char text[11])
{
    static const char letters[] = "rwxrwxrwx";
    const uint32_t mode = phx_stat_mode(stat);
    memset(text, '?', 10);
    text[10] = '\0';
    if (mode == 0)
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((mode & PHX_MODE_KIND) == kinds[i].kind)
            text[0] = kinds[i].letter;
    memset(text + 1, '-', 9);
    for (size_t i = 0; i < 9; i++)
        if ((mode & (0400u >> i)) != 0)
            text[i + 1] = letters[i];
    for (size_t i = 0; i < 3; i++) /* of the user, of the group, the sticky one */
        if ((mode & (04000u >> i)) != 0)
            text[3 * i + 3] = (text[3 * i + 3] == 'x' ? "sst" : "SST")[i];
}

bool phx_stat_is_dir(struct phx_asker *asker, const struct phx_stat *stat)
{
    const uint32_t kind = phx_stat_mode(stat) & PHX_MODE_KIND;
    int64_t type = -1;
    if (kind != 0 || phx_stat_value(stat, "type", &type))
        return kind == PHX_MODE_DIR || (kind == 0 && type == PHX_DIR);
    return phx_attribute(asker, &stat->node.fil, "atType", &type) >= 0 && type == PHX_DIR;
}
