/*
 * viaduct pod feed, viaduct pod replay: what a recording says, said by pods of our own, at the time
 * it says. A line without a time is said at once, so that a program at the other end of a pipe is a
 * pod by printing lines.
 *
 * By steps no clock is asked: before each line as many fields go by as its time is after the one
 * before, and the same recording gives the same records each time.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "codecs/portfolio_name.h"
#include "gateway/cli/command_pod.h"
#include "gateway/cli/fault.h"
#include "gateway/cli/pod_provider.h"
#include "include/portfolio/event.h"

#define FIELD_HZ 60u /* of steps */
#define SECOND_US 1000000u

struct play {
    struct cli *cli;
    const char *path;      /* for messages */
    const char *name;      /* of the one pod that is fed; NULL: as the recording has it */
    FILE *file;            /* borrowed */
    uint64_t line;         /* from 1 */
    uint64_t fields;       /* that have gone by */
    struct timespec begun; /* when time 0 was */
    bool has_begun;
    struct pod_provider provider;
    struct pod_recording *recording;
};

static uint64_t fields_at(uint64_t time_us)
{
    return (time_us * FIELD_HZ + SECOND_US / 2) / SECOND_US;
}

/* Until the time has come at which something is said. */
static void await(struct play *play, uint64_t time_us)
{
    if (!play->has_begun) {
        (void)clock_gettime(CLOCK_MONOTONIC, &play->begun);
        play->has_begun = true;
    }
    struct timespec then = play->begun;
    then.tv_sec += (time_t)(time_us / SECOND_US);
    then.tv_nsec += (long)(time_us % SECOND_US) * 1000;
    if (then.tv_nsec >= 1000000000) {
        then.tv_nsec -= 1000000000;
        then.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR) {
    }
}

static enum cli_exit let_pass(struct play *play, const struct pod_entry *entry)
{
    if (!play->cli->step) {
        const enum cli_exit result =
            entry->has_time ? pod_provider_begin_wait(&play->provider) : CLI_OK;
        if (entry->has_time && result == CLI_OK) {
            await(play, entry->time_us);
            pod_provider_end_wait(&play->provider);
        }
        return result;
    }
    const uint64_t then = fields_at(entry->time_us);
    const uint64_t n = then > play->fields ? then - play->fields : 0;
    play->fields += n;
    return pod_provider_step(&play->provider, n);
}

static enum cli_exit complain(const struct play *play, unsigned column, const char *words)
{
    fprintf(stderr, "%s:", play->path);
    if (play->line > 0)
        fprintf(stderr, "%llu:", (unsigned long long)play->line);
    if (column > 0)
        fprintf(stderr, "%u:", column);
    fprintf(stderr, " %s\n", words);
    return CLI_FAILED;
}

/* Of a line that does not end after @size octets. */
static enum cli_exit complain_of_length(const struct play *play, size_t size)
{
    char words[48];
    if (size <= POD_RECORDING_LINE_MAX)
        return complain(play, 0, "has a NUL");
    (void)snprintf(words, sizeof words, "is longer than %u octets", POD_RECORDING_LINE_MAX);
    return complain(play, 0, words);
}

/* One line of the file. */
static enum cli_exit play_line(struct play *play, const char *line, size_t size)
{
    struct pod_recording_fault fault;
    struct pod_entry entry;
    enum via_status status = pod_recording_read(play->recording, line, size, &entry, &fault);
    if (status == VIA_END)
        return CLI_OK;
    if (status == VIA_NO_MEMORY)
        return complain(play, 0, via_status_name(status));
    if (status != VIA_OK)
        return complain(play, fault.column, fault.text);
    if (play->name != NULL && entry.pod != 1)
        return complain(play, 0, "feed is one pod, of number 1; replay plays several");
    enum cli_exit result = let_pass(play, &entry);
    if (result == CLI_OK && play->name != NULL && entry.kind == POD_ENTRY_ATTACH &&
        play->provider.numbers[1] != 0)
        return CLI_OK;
    return result == CLI_OK ? pod_provider_do(&play->provider, &entry, play->name) : result;
}

/* false: there is none, or the broker is gone. */
static bool next_line(struct play *play, char *line, size_t room, enum cli_exit *resultp)
{
    *resultp = pod_provider_begin_wait(&play->provider);
    if (*resultp != CLI_OK)
        return false;
    const bool is_there = fgets(line, (int)room, play->file) != NULL;
    pod_provider_end_wait(&play->provider);
    return is_there;
}

static enum cli_exit play_file(struct play *play)
{
    char line[POD_RECORDING_LINE_MAX + 2];
    enum cli_exit result = CLI_OK;
    while (result == CLI_OK && next_line(play, line, sizeof line, &result)) {
        size_t size = strlen(line);
        play->line++;
        if (size > 0 && line[size - 1] == '\n')
            size--;
        else if (!feof(play->file))
            return complain_of_length(play, size);
        result = play_line(play, line, size);
    }
    if (result == CLI_OK && ferror(play->file))
        return complain(play, 0, strerror(errno));
    /* What was said last is told in a field of its own. */
    return result == CLI_OK && play->cli->step ? pod_provider_step(&play->provider, 1) : result;
}

static enum cli_exit run(struct play *play, const struct pod_recorded *assumed)
{
    enum cli_exit result = pod_provider_open(&play->provider, play->cli, play->name != NULL);
    if (result != CLI_OK)
        return result;
    if (pod_recording_create(&play->recording, assumed) != VIA_OK)
        result = complain(play, 0, via_status_name(VIA_NO_MEMORY));
    if (result == CLI_OK)
        result = play_file(play);
    play->recording = pod_recording_destroy(play->recording);
    return pod_provider_close(&play->provider, result);
}

static enum cli_exit open_and_run(struct play *play, const char *path,
                                  const struct pod_recorded *assumed)
{
    play->path = strcmp(path, "-") == 0 ? "standard input" : path;
    play->file = pod_open_file(path);
    if (play->file == NULL)
        return errno == ENOENT ? CLI_NOT_FOUND : CLI_FAILED;
    const enum cli_exit result = run(play, assumed);
    pod_close_file(play->file);
    return result;
}

/* What --type says; a pad, if nothing. */
static bool read_type(const struct cli *cli, uint32_t *typep, uint32_t *flagsp)
{
    const char *name = cli->pod_type == NULL ? "BASIC_CONTROL_PAD" : cli->pod_type;
    const struct portfolio_pod_type *type = portfolio_pod_type_named(name, strlen(name));
    if (type == NULL || (type->flags == 0 && type->type != PODID_3DO_TOUCHSCREEN)) {
        fprintf(stderr,
                "viaduct pod: --type is one of BASIC_CONTROL_PAD MOUSE ANALOG_JOYSTICK KEYBOARD "
                "LIGHTGUN IR_RECEIVER TOUCHSCREEN, not '%s'\n",
                name);
        return false;
    }
    *typep = type->type;
    *flagsp = type->flags == 0 ? (uint32_t)POD_IsGun : type->flags;
    return true;
}

enum cli_exit pod_feed(struct cli *cli, char **words, int n_words)
{
    struct play play = {.cli = cli, .name = words[0]};
    struct pod_recorded assumed;
    uint32_t type, flags;
    if (!portfolio_name_is_legal(words[0], SIZE_MAX))
        return fault_usage(cli, "a pod's name has 1 to 255 octets, no control characters");
    if (!read_type(cli, &type, &flags))
        return CLI_USAGE;
    pod_recorded_init(&assumed, type, flags, words[0]);
    return open_and_run(&play, n_words > 1 ? words[1] : "-", &assumed);
}

enum cli_exit pod_replay(struct cli *cli, char **words, int n_words)
{
    struct play play = {.cli = cli};
    (void)n_words;
    return open_and_run(&play, words[0], NULL);
}
