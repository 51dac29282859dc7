#pragma once
#include <malloc.h>
#include <sched.h>
#include <stddef.h>

// Declared by glibc for _GNU_SOURCE only, which Swift does not define.
int memfd_create(const char *name, unsigned int flags);
int sched_getaffinity(int pid, size_t size, cpu_set_t *mask);
