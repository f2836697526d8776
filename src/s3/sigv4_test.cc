#include "s3/sigv4.h"

#include <gtest/gtest.h>
