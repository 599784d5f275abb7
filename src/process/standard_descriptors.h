// The descriptors 0, 1 and 2, which are no place for the files of a store.
#pragma once

namespace cairn::process {

/// Opens /dev/null as each of them that is closed, as SQLite does: the next file that is opened
/// would be given its number, and what the program then says on its standard error would be written
/// into it.  Costs three system calls.  Safe from any thread.
void keep_standard_descriptors() noexcept;

}  // namespace cairn::process
