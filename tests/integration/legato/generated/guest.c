/*
 * The client's component. guest: calls everything, from two threads; guest lose: says "connected"
 * and waits for the end of the server.
 */
#include "greeting_interface.h"
#include "legato.h"

static int Context;
static greeting_HeardHandlerRef_t HandlerRef;
static le_thread_Ref_t OtherThreadRef;
static bool OtherIsDone;

static void Greet(const char *name)
{
    char text[64], expected[64];
    (void)snprintf(expected, sizeof expected, "Hello, %s!", name);
    LE_ASSERT_OK(greeting_Greet(name, text, sizeof text));
    LE_ASSERT(strcmp(text, expected) == 0);
}

static void Shout(void)
{
    char text[16] = "";
    int ends[2];
    int loud = -1;
    size_t size = 0;
    ssize_t numRead = 0;
    LE_ASSERT(pipe(ends) == 0 && le_fd_Write(ends[1], "quiet", 5) == 5);
    (void)le_fd_Close(ends[1]);
    LE_ASSERT_OK(greeting_Shout(ends[0], &loud));
    while ((numRead = le_fd_Read(loud, text + size, sizeof text - 1 - size)) > 0)
        size += (size_t)numRead;
    (void)le_fd_Close(loud);
    LE_ASSERT(strcmp(text, "QUIET") == 0);
}

static void NoteOtherDone(void *param1Ptr, void *param2Ptr)
{
    LE_UNUSED(param1Ptr);
    LE_UNUSED(param2Ptr);
    OtherIsDone = true;
    Greet("guest");
}

static void *OtherThread(void *contextPtr)
{
    LE_ASSERT_OK(greeting_TryConnectService());
    Greet("other");
    greeting_DisconnectService();
    le_event_QueueFunctionToThread(contextPtr, NoteOtherDone, NULL, NULL);
    return NULL;
}

static void Hear(const char *name, void *contextPtr)
{
    LE_ASSERT(contextPtr == &Context && le_thread_GetCurrent() != OtherThreadRef);
    if (strcmp(name, "other") == 0)
        return;
    LE_ASSERT(strcmp(name, "guest") == 0 && OtherIsDone);
    greeting_RemoveHeardHandler(HandlerRef);
    Shout();
    greeting_DisconnectService();
    greeting_DisconnectService();
    puts("done");
    exit(EXIT_SUCCESS);
}

static void SayDisconnected(void *contextPtr)
{
    LE_ASSERT(contextPtr == &Context);
    puts("disconnected");
}

COMPONENT_INIT_ONCE
{
    greeting_ConnectService();
}

COMPONENT_INIT
{
    LE_ASSERT_OK(greeting_TryConnectService()); /* the same session */
    greeting_SetServerDisconnectHandler(SayDisconnected, &Context);
    HandlerRef = greeting_AddHeardHandler(Hear, &Context);
    if (le_arg_NumArgs() > 0) {
        puts("connected");
        return;
    }
    OtherThreadRef = le_thread_Create("other", OtherThread, le_thread_GetCurrent());
    le_thread_Start(OtherThreadRef);
}
