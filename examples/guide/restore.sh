# The commands of docs/guide/operations.md, in a directory with the store app.cache, that no program has
# open, and its backup in backups/latest.
set -eu

# [restore]
cairn check backups/latest         # exit code 0: sound
mv app.cache app.cache.broken      # the program is not running
cp -a backups/latest app.cache     # copied, so that the backup stays a backup
cairn app.cache                    # how much it holds, how old, until when
# [restore]

# [text]
cairn export backups/latest | gzip > backup.jsonl.gz
gunzip < backup.jsonl.gz | cairn load again.cache
# [text]

# [move]
cp -a app.cache elsewhere.cache    # the program is not running
cairn check elsewhere.cache
# [move]
