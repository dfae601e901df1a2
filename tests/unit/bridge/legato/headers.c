/*
 * The headers as C, with what sources of that system take for granted of them. Compiled, not run.
 */
#include "interfaces.h"
#include "legato.h"

LE_MEM_DEFINE_STATIC_POOL(Entries, 4, 16);
LE_REF_DEFINE_STATIC_MAP(Entries, 4);
LE_HASHMAP_DEFINE_STATIC(Entries, 4);
LE_MUTEX_DECLARE_REF(EntriesMutex);

typedef struct {
    le_dls_Link_t link;
    le_clk_Time_t when;
} Entry_t;

static le_dls_List_t Entries = LE_DLS_LIST_DECL_INIT;

static void TimerExpired(le_timer_Ref_t timerRef)
{
    LE_INFO("%" PRIuS " %s", sizeof(Entry_t), LE_RESULT_TXT(le_timer_Stop(timerRef)));
}

static void SignalArrived(int sigNum)
{
    LE_FATAL_IF(sigNum != SIGUSR1, "signal %d", sigNum);
}

COMPONENT_INIT_ONCE
{
    EntriesMutex = le_mutex_CreateNonRecursive("entries");
}

LE_EVENT_INIT_HANDLER
{
    le_mem_PoolRef_t pool = le_mem_InitStaticPool(Entries, 4, 16);
    le_ref_MapRef_t map = le_ref_InitStaticMap(Entries, 4);
    le_hashmap_Ref_t hashmap =
        le_hashmap_InitStatic(Entries, 4, le_hashmap_HashString, le_hashmap_EqualsString);
    Entry_t *entryPtr;
    int bits = BIT0 | BIT7;
    LE_UNUSED(map);
    LE_UNUSED(hashmap);
    Lock();
    LE_DLS_FOREACH(&Entries, entryPtr, Entry_t, link)
    {
        LE_DEBUG("%ld", entryPtr->when.usec);
    }
    Unlock();
    entryPtr = le_mem_Alloc(pool);
    entryPtr->link = LE_DLS_LINK_INIT;
    le_dls_Queue(&Entries, &entryPtr->link);
    LE_ASSERT(CONTAINER_OF(&entryPtr->link, Entry_t, link) == entryPtr);
    LE_ASSERT_OK(le_timer_SetHandler(le_timer_Create("t"), TimerExpired));
    le_sig_Block(SIGUSR1);
    le_sig_SetEventHandler(SIGUSR1, SignalArrived);
    /* the system's headers come along */
    if (getuid() == 0 && fcntl(STDIN_FILENO, F_GETFL) < 0 && isdigit('7') && fabs(-1.0) > 0)
        LE_FATAL("%d", bits);
    LE_TEST_OK(NUM_ARRAY_MEMBERS("ab") == 3, "%s", STRINGIZE(CAT(le, _test)));
    exit(EXIT_SUCCESS);
}
