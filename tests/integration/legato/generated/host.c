/*
 * The server's component: greets, and tells all handlers whom. What the build tool's main() would
 * have done before is in COMPONENT_INIT_ONCE.
 */
#include "greeting_server.h"
#include "legato.h"

struct greeting_HeardHandler {
    le_dls_Link_t link;
    greeting_HeardHandlerFunc_t handlerPtr;
    void *contextPtr;
    void *ref;
};

static le_dls_List_t Handlers = LE_DLS_LIST_DECL_INIT;
static le_mem_PoolRef_t HandlerPool;
static le_ref_MapRef_t HandlerMap;

/* What a program gives out is a reference of its own, too. */
greeting_HeardHandlerRef_t greeting_AddHeardHandler(greeting_HeardHandlerFunc_t handlerPtr,
                                                    void *contextPtr)
{
    struct greeting_HeardHandler *handler = le_mem_ForceAlloc(HandlerPool);
    handler->link = LE_DLS_LINK_INIT;
    handler->handlerPtr = handlerPtr;
    handler->contextPtr = contextPtr;
    handler->ref = le_ref_CreateRef(HandlerMap, handler);
    le_dls_Queue(&Handlers, &handler->link);
    LE_ASSERT(greeting_GetClientSessionRef() != NULL);
    return handler->ref;
}

void greeting_RemoveHeardHandler(greeting_HeardHandlerRef_t handlerRef)
{
    struct greeting_HeardHandler *handler = le_ref_Lookup(HandlerMap, handlerRef);
    LE_ASSERT(handler != NULL);
    le_ref_DeleteRef(HandlerMap, handlerRef);
    le_dls_Remove(&Handlers, &handler->link);
    le_mem_Release(handler);
    puts("removed");
}

typedef struct {
    greeting_ServerCmdRef_t cmdRef;
    char name[32];
} Greeting_t;

static void GreetLater(void *param1Ptr, void *param2Ptr)
{
    Greeting_t *greetingPtr = param1Ptr;
    struct greeting_HeardHandler *handler;
    char text[64];
    LE_UNUSED(param2Ptr);
    (void)snprintf(text, sizeof text, "Hello, %s!", greetingPtr->name);
    LE_DLS_FOREACH(&Handlers, handler, struct greeting_HeardHandler, link)
    {
        handler->handlerPtr(greetingPtr->name, handler->contextPtr);
    }
    greeting_GreetRespond(greetingPtr->cmdRef, LE_OK, text);
    free(greetingPtr);
}

void greeting_Greet(greeting_ServerCmdRef_t cmdRef, const char *name, size_t textSize)
{
    Greeting_t *greetingPtr = calloc(1, sizeof *greetingPtr);
    LE_ASSERT(greetingPtr != NULL && textSize > 0);
    greetingPtr->cmdRef = cmdRef;
    LE_ASSERT_OK(le_utf8_Copy(greetingPtr->name, name, sizeof greetingPtr->name, NULL));
    le_event_QueueFunction(GreetLater, greetingPtr, NULL);
}

le_result_t greeting_Shout(int quiet, int *loudPtr)
{
    char text[64];
    int ends[2];
    size_t size = 0;
    ssize_t numRead = 0;
    while ((numRead = le_fd_Read(quiet, text + size, sizeof text - size)) > 0)
        size += (size_t)numRead;
    (void)le_fd_Close(quiet);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)toupper((unsigned char)text[i]);
    LE_ASSERT(pipe(ends) == 0);
    LE_ASSERT(le_fd_Write(ends[1], text, size) == (ssize_t)size);
    (void)le_fd_Close(ends[1]);
    *loudPtr = ends[0];
    return LE_OK;
}

COMPONENT_INIT_ONCE
{
    HandlerPool = le_mem_CreatePool("handlers", sizeof(struct greeting_HeardHandler));
    HandlerMap = le_ref_CreateMap("handlers", 3);
    greeting_AdvertiseService();
}

COMPONENT_INIT
{
    LE_ASSERT(greeting_GetServiceRef() != NULL);
    puts("ready");
}
