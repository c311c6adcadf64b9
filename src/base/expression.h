/*
 * expression.h
 *	  The raw parse tree of a text that is one expression.
 */
#ifndef GRADUAL_EXPRESSION_H
#define GRADUAL_EXPRESSION_H

#include "nodes/nodes.h"

/*
 * In the current memory context.  Raises PostgreSQL's syntax errors, and 42601
 * for a text that is more than one expression ('a, b', 'a FROM t').
 */
extern Node *gradual_expression_parse(const char *sql);

#endif							/* GRADUAL_EXPRESSION_H */
