/*
 * The broker is started anew for each test, at one gateway.
 */
#include "tests/integration/event_broker_world.h"

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codecs/octets.h"
#include "include/portfolio/event.h"

struct daemon world_gateway;

int world_prepare(void **state)
{
    (void)state;
    daemon_prepare(&world_gateway);
    (void)snprintf(world_gateway.limits, sizeof world_gateway.limits, "\"grace_ms\": 300,");
    daemon_start(&world_gateway);
    return 0;
}

int world_clean(void **state)
{
    (void)state;
    daemon_stop(&world_gateway);
    daemon_clean(&world_gateway);
    return 0;
}

/* ---- the broker ---- */

void world_start(struct world_broker *broker, const char *const *more)
{
    char path[256], line[256];
    struct settings settings;
    const char *argv[16] = {process_program(path, "viaduct-event-broker"), "--audit",
                            broker->audit};
    (void)snprintf(broker->audit, sizeof broker->audit, "%s/broker-audit", world_gateway.folder);
    size_t n = 3;
    for (size_t i = 0; more != NULL && more[i] != NULL; i++)
        argv[n++] = more[i];
    daemon_settings(&world_gateway, false, &settings);
    process_start(&broker->process, argv, settings.list);
    process_line(&broker->process, line, sizeof line);
    assert_non_null(strstr(line, "viaduct-event-broker: ready name="));
}

void world_step(struct world_broker *broker)
{
    static const char *const more[] = {"--step", NULL};
    world_start(broker, more);
}

void world_stop(struct world_broker *broker)
{
    process_kill(&broker->process, SIGTERM);
    const int status = process_wait(&broker->process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)unlink(broker->audit);
}

void world_open(struct client *client, bool is_far)
{
    client_open(client, &world_gateway, is_far, "eventbroker", NULL);
}

bool world_audit_has(const struct world_broker *broker, const char *words)
{
    char text[8192];
    FILE *file = fopen(broker->audit, "re");
    assert_non_null(file);
    const size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    return strstr(text, words) != NULL;
}

/* ---- what is told ---- */

/* The events of the last record, and the first word of data of each: "3:8000000". */
static const char *events(const struct client *client)
{
    static char words[1024];
    size_t length = 0;
    words[0] = '\0';
    for (size_t at = 4; octets_get_u32(client->octets + at) != 0;
         at += octets_get_u32(client->octets + at)) {
        const uint8_t *frame = client->octets + at;
        length += (size_t)snprintf(words + length, sizeof words - length, "%s%u",
                                   length == 0 ? "" : " ", frame[16]);
        if (octets_get_u32(frame) > 28)
            length += (size_t)snprintf(words + length, sizeof words - length, ":%x",
                                       (unsigned)octets_get_u32(frame + 28));
    }
    return words;
}

/* Those of the next record, which is answered. */
const char *world_heard(struct client *client)
{
    client_take(client, EB_EventRecord);
    const char *words = events(client);
    client_reply(client);
    return words;
}
