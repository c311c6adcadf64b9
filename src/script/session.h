/*
 * session.h
 *	  What a script means depends on the session that runs it.
 */
#ifndef GRADUAL_SESSION_H
#define GRADUAL_SESSION_H

#include "nodes/pg_list.h"

/*
 * The settings of this session by which constants are read and values are
 * computed (DateStyle, TimeZone, ..): a list of 'SET LOCAL ..' in the current
 * memory context.  With these a script means the same in any other session.
 */
extern List *gradual_session_settings(void);

/*
 * Raises 0A000 if this session reads the strings of a script in another way than
 * standard_conforming_strings = on does, as all others will.  Raises
 * PostgreSQL's own syntax errors.  In a transaction.
 */
extern void gradual_session_require_standard_strings(const char *script);

#endif							/* GRADUAL_SESSION_H */
