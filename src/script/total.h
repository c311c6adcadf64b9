/*
 * total.h
 *	  Which expressions are known never to raise.
 */
#ifndef GRADUAL_TOTAL_H
#define GRADUAL_TOTAL_H

#include "nodes/nodes.h"

/*
 * Is a planned expression (named arguments and defaults expanded, constants
 * folded) known to be total: to give a value, or NULL, for every row?  Errs on
 * the side of 'no'.  Reads the catalog.
 */
extern bool gradual_total_expression(Node *expression);

#endif							/* GRADUAL_TOTAL_H */
