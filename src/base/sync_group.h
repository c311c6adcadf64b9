/*
 * sync_group.h
 *	  How the arguments of the sync trigger are laid out: one group a column that
 *	  is filled.  What they mean is in sync/sync.h.
 */
#ifndef GRADUAL_SYNC_GROUP_H
#define GRADUAL_SYNC_GROUP_H

#define GRADUAL_SYNC_COLUMN 0
#define GRADUAL_SYNC_EXPRESSION 1
#define GRADUAL_SYNC_WHERE 2
#define GRADUAL_SYNC_MODE 3
#define GRADUAL_SYNC_GROUP 4	/* so many of them */

/* A mode may be followed by settings: 'fill; SET LOCAL ..' */
static inline bool
gradual_sync_mode_is(const char *argument, const char *mode)
{
	size_t		length = strcspn(argument, ";");

	return strlen(mode) == length && strncmp(argument, mode, length) == 0;
}

#endif							/* GRADUAL_SYNC_GROUP_H */
