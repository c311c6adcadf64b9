/*
 * toplevel.h
 *	  Run SQL text as if a client had sent it, through portals: the only way for
 *	  statements that refuse SPI (CREATE INDEX CONCURRENTLY, ..).
 */
#ifndef GRADUAL_TOPLEVEL_H
#define GRADUAL_TOPLEVEL_H

#include "tcop/cmdtag.h"

/*
 * Run every statement of sql.  Needs an open transaction: inside a transaction
 * block with top_level = false (a statement that needs to be top level then
 * raises 25001), or outside a block, opened by gradual_txn_attempt(block =
 * false), with top_level = true.  Rows are thrown away.  Returns the rows
 * processed by the last statement.  Transaction commands and COPY from or to the
 * client are refused (0A000).
 *
 * 'context' must survive the internal commits of the statement and die with
 * the caller's cycle; with top_level = false CurrentMemoryContext will do.
 */
extern uint64 gradual_toplevel_run(const char *sql, bool top_level, MemoryContext context);

#endif							/* GRADUAL_TOPLEVEL_H */
