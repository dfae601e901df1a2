/*
 * A message is judged by its flavor, which is its code, or stands in it where the code is 0: a
 * broker takes no others. An object is a broker if it is published as one; what goes to other ports
 * is nobody's to judge.
 */
#include "gateway/broker_rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_flavors.h"
#include "gateway/gateway.h"
#include "gateway/pattern.h"
#include "include/portfolio/event.h"

#define BROKER_FAMILY "portfolio"
#define BROKER_CLASS "event-broker"
#define EVERY_RIGHT ((BROKER_LOCK << 1) - 1u)

static const struct word {
    const char *name;
    unsigned rights;
    uint32_t code; /* of messages that need it; 0: of none */
} words[] = {
    {"all", EVERY_RIGHT, 0},
    {"focus", BROKER_FOCUS, 0},
    {"EB_SetFocus", BROKER_SET_FOCUS, EB_SetFocus},
    {"EB_SendEvent", BROKER_SEND_EVENT, EB_SendEvent},
    {"EB_IssuePodCmd", BROKER_COMMAND, EB_IssuePodCmd},
    {"EB_WritePodData", BROKER_WRITE, EB_WritePodData},
    {"EB_LockPod", BROKER_LOCK, EB_LockPod},
};
#define N_WORDS (sizeof words / sizeof *words)

/* ---- rules ---- */

static unsigned rights_called(const char *text, size_t size)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (strlen(words[i].name) == size && memcmp(words[i].name, text, size) == 0)
            return words[i].rights;
    return 0;
}

enum via_status broker_rule_read(const char *text, struct broker_rule *rulep, char *fault,
                                 size_t fault_size)
{
    static const char spaces[] = " \t,";
    const char *colon = strrchr(text, ':');
    unsigned rights = 0;
    if (colon == NULL || colon == text) {
        (void)snprintf(fault, fault_size, "\"%s\" is no rule; write \"IDENTITY: RIGHT RIGHT...\"",
                       text);
        return VIA_INVALID;
    }
    const char *at = colon + 1 + strspn(colon + 1, spaces);
    for (; *at != '\0'; at += strspn(at, spaces)) {
        size_t size = strcspn(at, spaces);
        unsigned more = rights_called(at, size);
        if (more == 0) {
            (void)snprintf(fault, fault_size,
                           "\"%.*s\" is no right; there are focus, EB_SetFocus, EB_SendEvent, "
                           "EB_IssuePodCmd, EB_WritePodData, EB_LockPod, and all",
                           size < 64 ? (int)size : 64, at);
            return VIA_INVALID;
        }
        rights |= more;
        at += size;
    }
    struct broker_rule rule = {
        .said = strdup(text), .identity = strndup(text, (size_t)(colon - text)), .rights = rights};
    if (rule.said == NULL || rule.identity == NULL) {
        broker_rule_deinit(&rule);
        return VIA_NO_MEMORY;
    }
    *rulep = rule;
    return VIA_OK;
}

void broker_rule_deinit(struct broker_rule *rule)
{
    free(rule->said);
    free(rule->identity);
}

static unsigned rights_of(const struct session *session)
{
    const struct config *config = &session->gateway->config;
    unsigned rights = 0;
    for (unsigned i = 0; i < config->n_broker_rules; i++)
        if (pattern_matches(config->broker_rules[i].identity, session->principal.identity))
            rights |= config->broker_rules[i].rights;
    return rights;
}

/* ---- judging ---- */

static bool is_broker(const struct gateway_object *object)
{
    const struct directory_entry *entry = object->names;
    while (entry != NULL && (strcmp(entry->spec.family, BROKER_FAMILY) != 0 ||
                             strcmp(entry->spec.class_name, BROKER_CLASS) != 0))
        entry = entry->next_of_owner;
    return entry != NULL;
}

/* Whether it is to be a listener that may have the focus, or one of a category nobody knows. */
static bool wants_focus(const uint8_t *octets, size_t size)
{
    struct portfolio_message message;
    if (portfolio_message_decode(octets, size, &message, NULL) != VIA_OK ||
        message.size < sizeof(ConfigurationRequest))
        return false; /* the broker refuses it */
    const uint8_t *data = message.data;
    uint32_t category = octets_get_u32(data + offsetof(ConfigurationRequest, cr_Category));
    return category != LC_NoSeeUm && category != LC_Observer;
}

static const struct word *needed(uint32_t code, const uint8_t *octets, size_t size)
{
    const struct word *word = words;
    struct portfolio_message message;
    if (code == 0 && portfolio_message_decode(octets, size, &message, NULL) == VIA_OK)
        code = portfolio_flavor_of(&message);
    if (code == EB_Configure && !wants_focus(octets, size))
        return NULL;
    for (; word < words + N_WORDS; word++)
        if (code == EB_Configure ? word->rights == BROKER_FOCUS
                                 : word->code == code && word->code != 0)
            return word;
    return NULL;
}

enum via_status broker_rights_judge(const struct session *session,
                                    const struct gateway_object *object, uint32_t code,
                                    const uint8_t *octets, size_t size, const char **rightp)
{
    const struct word *word = needed(code, octets, size);
    char why[128];
    if (word == NULL || !is_broker(object) || (rights_of(session) & word->rights) != 0)
        return VIA_OK;
    (void)snprintf(why, sizeof why, "no rule of \"broker_rights\" gives it %s", word->name);
    audit_refusal(&session->gateway->audit, &session->principal, "event broker", why);
    *rightp = word->name;
    return VIA_DENIED;
}
