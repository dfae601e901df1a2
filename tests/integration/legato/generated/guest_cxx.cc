// A client's component in C++; what the generator writes is C.
#include <cstring>

extern "C" {
#include "greeting_interface.h"
}

namespace
{

greeting_HeardHandlerRef_t handler;

void hear(const char *name, void *context)
{
    LE_ASSERT(context == &handler && std::strcmp(name, "C++") == 0);
    greeting_RemoveHeardHandler(handler);
    greeting_DisconnectService();
    puts("done");
    exit(EXIT_SUCCESS);
}

} // namespace

COMPONENT_INIT
{
    char text[64];
    greeting_ConnectService();
    handler = greeting_AddHeardHandler(hear, &handler);
    LE_ASSERT_OK(greeting_Greet("C++", text, sizeof text));
    LE_ASSERT(std::strcmp(text, "Hello, C++!") == 0);
}
