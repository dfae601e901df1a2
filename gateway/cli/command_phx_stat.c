/*
 * viaduct phx stat: what a server tells of an object, in lines or as JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "codecs/json_write.h"
#include "gateway/cli/command_phx.h"

#define EXACT_MAX ((1ull << 53) - 1) /* beyond that JSON's readers lose digits */

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
    phx_stat_letters(stat, mode);
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
    phx_stat_letters(stat, mode);
    printf("%-8s ", "path");
    phx_print(path);
    printf("\n%-8s %s\n%-8s %s", "type", phx_stat_type(stat), "mode", mode);
    if (phx_stat_mode(stat) != 0)
        printf(" %07" PRIo32, phx_stat_mode(stat));
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
    int32_t err = phx_find(&shell->asker, words[0], false, &node);
    if (err >= 0)
        err = phx_stat_read(&shell->asker, &node, &stat);
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
