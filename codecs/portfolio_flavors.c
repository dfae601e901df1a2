/*
 * Tables of names. Numbers are those of include/portfolio/event.h.
 */
#include "codecs/portfolio_flavors.h"

#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_pod.h"
#include "include/portfolio/event.h"

#define FLAVORS_END PORTFOLIO_POD_ATTACH /* a message with another first word has none */
#define N_OF(table) (sizeof(table) / sizeof *(table))
#define NAMED(number)                                                                              \
    {                                                                                              \
        number, #number                                                                            \
    }

struct named {
    uint32_t number;
    const char *name;
};

static const struct named flavors[] = {
    NAMED(EB_NoOp),
    NAMED(EB_Configure),
    NAMED(EB_ConfigureReply),
    NAMED(EB_EventRecord),
    NAMED(EB_EventReply),
    NAMED(EB_SendEvent),
    NAMED(EB_SendEventReply),
    NAMED(EB_Command),
    NAMED(EB_CommandReply),
    NAMED(EB_RegisterEvent),
    NAMED(EB_RegisterEventReply),
    NAMED(EB_GetListeners),
    NAMED(EB_GetListenersReply),
    NAMED(EB_SetFocus),
    NAMED(EB_SetFocusReply),
    NAMED(EB_GetFocus),
    NAMED(EB_GetFocusReply),
    NAMED(EB_ReadPodData),
    NAMED(EB_ReadPodDataReply),
    NAMED(EB_WritePodData),
    NAMED(EB_WritePodDataReply),
    NAMED(EB_LockPod),
    NAMED(EB_LockPodReply),
    NAMED(EB_UnlockPod),
    NAMED(EB_UnlockPodReply),
    NAMED(EB_IssuePodCmd),
    NAMED(EB_IssuePodCmdReply),
    NAMED(EB_DescribePods),
    NAMED(EB_DescribePodsReply),
    NAMED(EB_MakeTable),
    NAMED(EB_MakeTableReply),
    {PORTFOLIO_POD_ATTACH, "PodAttach"},
    {PORTFOLIO_POD_STATE, "PodState"},
    {PORTFOLIO_POD_DETACH, "PodDetach"},
    {PORTFOLIO_POD_OUTPUT, "PodOutput"},
    {PORTFOLIO_POD_DONE, "PodDone"},
    {PORTFOLIO_STEP, "Step"},
    {PORTFOLIO_SETTLE, "Settle"},
    {PORTFOLIO_ITEM_NAME, "ItemName"},
    {PORTFOLIO_EVENT_NAMES, "EventNames"},
};

static const struct named categories[] = {
    NAMED(LC_NoSeeUm),
    NAMED(LC_FocusListener),
    NAMED(LC_Observer),
    NAMED(LC_FocusUI),
};

static const char *name_of(const struct named *table, size_t n, uint32_t number)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].number == number)
            return table[i].name;
    return NULL;
}

static bool find(const struct named *table, size_t n, const char *text, size_t size,
                 uint32_t *numberp)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(table[i].name) != size || memcmp(table[i].name, text, size) != 0)
            continue;
        *numberp = table[i].number;
        return true;
    }
    return false;
}

const char *portfolio_flavor_name(uint32_t flavor)
{
    return name_of(flavors, N_OF(flavors), flavor);
}

bool portfolio_flavor_named(const char *text, size_t size, uint32_t *flavorp)
{
    return find(flavors, N_OF(flavors), text, size, flavorp);
}

bool portfolio_flavor_is_request(uint32_t flavor)
{
    return flavor == EB_NoOp || (flavor < EB_MakeTableReply && flavor % 2 == 1 &&
                                 flavor != EB_EventRecord && flavor != EB_Command);
}

uint32_t portfolio_flavor_of(const struct portfolio_message *message)
{
    if (message->size < sizeof(EventBrokerHeader))
        return 0;
    const uint32_t flavor = octets_get_u32(message->data);
    return flavor < FLAVORS_END ? flavor : 0;
}

const char *portfolio_category_name(uint32_t category)
{
    return name_of(categories, N_OF(categories), category);
}

bool portfolio_category_named(const char *text, size_t size, uint32_t *categoryp)
{
    return find(categories, N_OF(categories), text, size, categoryp);
}
