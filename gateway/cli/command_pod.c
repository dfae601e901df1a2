/*
 * viaduct pod: pods of an event broker, from the command line. Its commands are in files of their
 * own; here are their names, and the map of devices, for which nobody is asked.
 */
#include "gateway/cli/command_pod.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli/fault.h"
#include "gateway/event_broker/pod_map.h"

static const struct {
    const char *name;
    int n_words, n_more; /* at least, and as many more at most */
    enum cli_exit (*run)(struct cli *cli, char **words, int n_words);
    const char *usage;
} verbs[] = {
    {"feed", 1, 1, pod_feed, "feed takes NAME [FILE]"},
    {"ls", 0, 0, pod_ls, "ls takes nothing more"},
    {"map", 0, 1, pod_map, "map takes at most one FILE"},
    {"record", 1, 0, pod_record, "record takes one FILE, or - for standard output"},
    {"replay", 1, 0, pod_replay, "replay takes one FILE, or - for standard input"},
};

FILE *pod_open_file(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL)
        fprintf(stderr, "viaduct pod: %s: %s\n", path, strerror(errno));
    return file;
}

void pod_close_file(FILE *file)
{
    if (file != stdin)
        (void)fclose(file);
}

/* ---- map ---- */

static enum cli_exit print_default(void)
{
    for (const char *const *line = pod_map_default; *line != NULL; line++)
        puts(*line);
    return CLI_OK;
}

static enum cli_exit print_map(const struct pod_map *map)
{
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    pod_map_write(map, &out);
    const enum cli_exit result = out.status == VIA_OK ? CLI_OK : CLI_FAILED;
    if (result == CLI_OK)
        (void)fwrite(out.data, 1, out.size, stdout);
    else
        fprintf(stderr, "viaduct pod: map: %s\n", via_status_name(out.status));
    buffer_deinit(&out);
    return result;
}

static enum cli_exit lay(struct pod_map *map, const char *path, FILE *file)
{
    struct pod_map_fault fault;
    char *text = malloc(POD_MAP_SIZE_MAX + 1);
    if (text == NULL) {
        fprintf(stderr, "viaduct pod: %s: %s\n", path, via_status_name(VIA_NO_MEMORY));
        return CLI_FAILED;
    }
    const size_t size = fread(text, 1, POD_MAP_SIZE_MAX + 1, file);
    const bool is_read = ferror(file) == 0;
    enum via_status status = is_read ? pod_map_read(map, text, size, &fault) : VIA_IO;
    free(text);
    if (!is_read)
        fprintf(stderr, "viaduct pod: %s: %s\n", path, strerror(errno));
    else if (status != VIA_OK && fault.line > 0)
        fprintf(stderr, "%s:%u: %s\n", path, fault.line, fault.text);
    else if (status != VIA_OK)
        fprintf(stderr, "%s: %s\n", path, fault.text);
    return status == VIA_OK ? CLI_OK : CLI_FAILED;
}

enum cli_exit pod_map(struct cli *cli, char **words, int n_words)
{
    (void)cli;
    struct pod_map *map;
    if (n_words == 0)
        return print_default();
    FILE *file = pod_open_file(words[0]);
    if (file == NULL)
        return errno == ENOENT ? CLI_NOT_FOUND : CLI_FAILED;
    enum cli_exit result = pod_map_create(&map) == VIA_OK ? CLI_OK : CLI_FAILED;
    if (result == CLI_OK) {
        result = lay(map, words[0], file);
        if (result == CLI_OK)
            result = print_map(map);
        (void)pod_map_destroy(map);
    }
    pod_close_file(file);
    return result;
}

/* ---- all ---- */

enum cli_exit command_pod(struct cli *cli)
{
    for (size_t i = 0; cli->n_words > 0 && i < sizeof verbs / sizeof *verbs; i++) {
        const int n_words = cli->n_words - 1;
        if (strcmp(cli->words[0], verbs[i].name) != 0)
            continue;
        if (n_words < verbs[i].n_words || n_words > verbs[i].n_words + verbs[i].n_more)
            return fault_usage(cli, verbs[i].usage);
        for (int k = 1; k <= n_words; k++)
            if (cli->words[k][0] == '\0') {
                char words[96];
                (void)snprintf(words, sizeof words, "%s, none of them ''", verbs[i].usage);
                return fault_usage(cli, words);
            }
        if (cli->broker != NULL && cli->broker[0] == '\0')
            return fault_usage(cli, "--broker takes NAME or HOST/NAME, not ''");
        return verbs[i].run(cli, cli->words + 1, n_words);
    }
    return fault_usage(cli, "takes ls, map, feed, record or replay");
}
