/*
 * Attributes: all at once where the server has mtGetAttrAll, else the mode alone. None of them has
 * to be there.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "codecs/json_write.h"
#include "gateway/cli/command_phx.h"

#define ABI PHOENIX_ABI_LP64
#define EXACT_MAX ((1ull << 53) - 1) /* beyond that JSON's readers lose digits */

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

static void know(struct phx_stat *stat, size_t index, int64_t value)
{
    stat->is_known[index] = true;
    stat->values[index] = value;
}

bool phx_stat_value(const struct phx_stat *stat, const char *attribute, int64_t *valuep)
{
    const size_t index = index_of(attribute);
    *valuep = stat->values[index];
    return stat->is_known[index];
}

static int32_t read_all(struct phx_shell *shell, struct phx_stat *stat)
{
    const struct phoenix_struct *all = phoenix_struct_of(PHOENIX_ATTRS);
    const size_t size = phoenix_struct_size(all, ABI);
    uint8_t octets[PHOENIX_STRUCT_MAX];
    struct phx_message message = {.type = PHOENIX_GETATTRALL,
                                  .oid = stat->node.fil,
                                  .room = octets,
                                  .room_size = all->n * size};
    int32_t err = phx_send(shell, &message);
    for (size_t i = 0; err >= 0 && i < PHX_ATTRIBUTES; i++) {
        const uint8_t *at = octets + i * size;
        if ((int64_t)phoenix_get(PHOENIX_ERRNO, ABI, at + phoenix_member_at(all, 1, ABI)) >= 0)
            know(stat, i, (int64_t)phoenix_get(PHOENIX_I64, ABI, at));
    }
    return err;
}

int32_t phx_stat_read(struct phx_shell *shell, const struct phx_node *node, struct phx_stat *stat)
{
    int64_t mode = 0;
    memset(stat, 0, sizeof *stat);
    stat->node = *node;
    int32_t err = read_all(shell, stat);
    if (err < 0 && shell->status == VIA_OK &&
        phx_attribute(shell, &node->fil, "atMode", &mode) >= 0) {
        know(stat, index_of("mode"), mode);
        err = 0;
    }
    if (err < 0 && (shell->status != VIA_OK || err == -ENOENT))
        return err;
    if (strcmp(phx_stat_type(stat), "symlink") == 0 &&
        phx_target(shell, &node->fil, stat->target) < 0)
        stat->target[0] = '\0';
    return shell->status == VIA_OK ? 0 : -EIO;
}

static uint32_t mode_of(const struct phx_stat *stat)
{
    int64_t mode;
    return phx_stat_value(stat, "mode", &mode) ? (uint32_t)mode : 0;
}

const char *phx_stat_type(const struct phx_stat *stat)
{
    const uint32_t mode = mode_of(stat);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((mode & PHX_MODE_KIND) == kinds[i].kind)
            return kinds[i].name;
    return "unknown";
}

void phx_stat_mode(const struct phx_stat *stat, char text[11])
{
    static const char letters[] = "rwxrwxrwx";
    const uint32_t mode = mode_of(stat);
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

/* ---- as JSON ---- */

static void put_number(struct buffer *out, uint64_t number)
{
    const bool is_exact = number <= EXACT_MAX;
    if (!is_exact)
        json_write_text(out, "\"");
    json_write_u64(out, number);
    if (!is_exact)
        json_write_text(out, "\"");
}

static void put_oid(struct buffer *out, const struct phoenix_oid *oid)
{
    json_write_text(out, "{\"port\":");
    json_write_u64(out, oid->port);
    json_write_text(out, ",\"id\":");
    put_number(out, oid->id);
    json_write_text(out, "}");
}

void phx_stat_json(struct buffer *out, const struct phx_stat *stat)
{
    char mode[11];
    phx_stat_mode(stat, mode);
    json_write_text(out, ",\"type\":");
    json_write_string(out, phx_stat_type(stat), strlen(phx_stat_type(stat)));
    json_write_text(out, ",\"permissions\":");
    json_write_string(out, mode, strlen(mode));
    json_write_text(out, ",\"fil\":");
    put_oid(out, &stat->node.fil);
    json_write_text(out, ",\"dev\":");
    put_oid(out, &stat->node.dev);
    if (stat->target[0] != '\0') {
        json_write_text(out, ",\"target\":");
        json_write_string(out, stat->target, strlen(stat->target));
    }
    json_write_text(out, ",\"attrs\":{");
    for (size_t i = 0, n = 0; i < PHX_ATTRIBUTES; i++) {
        if (!stat->is_known[i])
            continue;
        if (n++ > 0)
            json_write_text(out, ",");
        json_write_string(out, phoenix_attr_name(i), strlen(phoenix_attr_name(i)));
        json_write_text(out, ":");
        json_write_i64(out, stat->values[i]);
    }
    json_write_text(out, "}");
}

/* ---- the command ---- */

static void show_oid(const char *what, const struct phoenix_oid *oid)
{
    printf("%-8s port=%" PRIu32 " id=%" PRIu64 "\n", what, oid->port, oid->id);
}

static void show_number(const struct phx_stat *stat, const char *attribute)
{
    int64_t value;
    if (phx_stat_value(stat, attribute, &value))
        printf("%-8s %" PRId64 "\n", attribute, value);
}

static void show_time(const struct phx_stat *stat, const char *attribute)
{
    int64_t value;
    struct tm parts;
    char text[64];
    if (!phx_stat_value(stat, attribute, &value))
        return;
    const time_t seconds = (time_t)value;
    if (gmtime_r(&seconds, &parts) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
        printf("%-8s %s\n", attribute, text);
    else
        show_number(stat, attribute);
}

static void show(const char *path, const struct phx_stat *stat)
{
    static const char *const numbers[] = {"links", "uid", "gid", "size", "blocks", "ioblock"};
    static const char *const times[] = {"mTime", "aTime", "cTime"};
    char mode[11];
    phx_stat_mode(stat, mode);
    printf("%-8s ", "path");
    phx_print(path);
    printf("\n%-8s %s\n%-8s %s", "type", phx_stat_type(stat), "mode", mode);
    if (mode_of(stat) != 0)
        printf(" %07" PRIo32, mode_of(stat));
    putchar('\n');
    if (stat->target[0] != '\0') {
        printf("%-8s ", "target");
        phx_print(stat->target);
        putchar('\n');
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        show_number(stat, numbers[i]);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        show_time(stat, times[i]);
    show_oid("fil", &stat->node.fil);
    if (phx_is_elsewhere(&stat->node))
        show_oid("dev", &stat->node.dev);
}

enum cli_exit phx_show(struct phx_shell *shell, char **words, int n_words)
{
    struct phx_node node;
    struct phx_stat stat;
    (void)n_words;
    int32_t err = phx_find(shell, words[0], false, &node);
    if (err >= 0)
        err = phx_stat_read(shell, &node, &stat);
    if (err < 0)
        return phx_fail(shell, err);
    if (!shell->cli->json) {
        show(words[0], &stat);
        return CLI_OK;
    }
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    json_write_text(&out, "{\"path\":");
    json_write_string(&out, words[0], strlen(words[0]));
    phx_stat_json(&out, &stat);
    json_write_text(&out, "}");
    return phx_print_json(shell, &out);
}
