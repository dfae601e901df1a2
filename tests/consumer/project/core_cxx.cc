// The core's headers in C++.
#include <viaduct/viaduct.h>

int main()
{
    via_parcel *parcel = nullptr;
    if (via_parcel_create(&parcel) != VIA_OK)
        return 1;
    via_parcel_unref(parcel);
    return 0;
}
