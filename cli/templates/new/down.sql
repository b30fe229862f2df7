-- Write the way back here. If there is none, delete this file, and put `-- dunlin: irreversible <reason>` into the up file.

