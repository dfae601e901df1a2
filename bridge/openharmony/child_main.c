/*
 * The program viaduct-ability-child. What it does is in the library: child_program.c.
 */
#include "bridge/openharmony/child_program.h"

int main(int argc, char **argv)
{
    return via_openharmony_child_main(argc, argv);
}
