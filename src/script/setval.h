/*
 * setval.h
 *	  Analysis of a SELECT that only sets sequences.
 */
#ifndef GRADUAL_SETVAL_H
#define GRADUAL_SETVAL_H

#include "script/rehearsal.h"

/*
 * What the statement's query says of sequences; NULL if it does anything else,
 * or if they are not known by name.
 */
extern GradualSetval *gradual_setval_analyze(GradualRehearsal *rehearsal, Query *query);

#endif							/* GRADUAL_SETVAL_H */
