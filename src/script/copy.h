/*
 * copy.h
 *	  Analysis of one INSERT .. SELECT: may it run in batches, by the rows of
 *	  which table, and can a trigger carry over what changes there meanwhile.
 */
#ifndef GRADUAL_COPY_H
#define GRADUAL_COPY_H

#include "script/rehearsal.h"

/*
 * 'raw' is the statement with its names pointing at the clones; the target is
 * the current command's table.  NULL if the statement selects from nothing.
 * Raises PostgreSQL's errors of parse analysis.
 */
extern GradualChange *gradual_copy_analyze(GradualRehearsal *rehearsal, RawStmt *raw);

#endif							/* GRADUAL_COPY_H */
