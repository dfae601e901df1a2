/* All of the core API. */
#pragma once

#include <viaduct/node.h>
#include <viaduct/object.h>
#include <viaduct/parcel.h>
#include <viaduct/status.h>
