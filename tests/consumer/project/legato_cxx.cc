// A component in C++.
#include "interfaces.h"
#include "legato.h"

COMPONENT_INIT
{
    LE_INFO("%s", LE_RESULT_TXT(LE_OK));
    exit(EXIT_SUCCESS);
}
