# A container: a root of its own that can only be read, the mounts it is given, a user, and then its program.
# Run as root in the pod's namespaces and in a mount namespace of its own.
# Arguments: an empty folder; the user id; the capabilities that may be had, as setpriv writes them; files that take the
# process id (cgroups); mounts, one a line, each `SOURCE TARGET ro` or `SOURCE TARGET rw`; the program and its arguments.
set -eu
root=$1 user=$2 capabilities=$3 groups=$4 mounts=$5
shift 5

for file in $groups; do echo 0 > "$file"; done

mount -t tmpfs -o mode=755 root "$root"
cd "$root"
mkdir -p dev etc proc run sys tmp usr var/lib
for name in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$name" ]; then
        cp -P "/$name" "$name"
    elif [ -d "/$name" ]; then
        mkdir "$name"
        mount --bind -o ro "/$name" "$name"
    fi
done
mount --bind -o ro /usr usr
mount --rbind /dev dev
mount --rbind /proc proc
cp -a /etc/. etc/
rm -rf etc/rds-guard

printf '%s\n' "$mounts" | while read -r source target mode; do
    [ -n "$source" ] || continue
    target=${target#/}
    if [ -d "$source" ]; then
        mkdir -p "$target"
    else
        mkdir -p "$(dirname "$target")"
        rm -f "$target"
        : > "$target"
    fi
    mount --bind "$source" "$target"
    [ "$mode" = rw ] || mount -o remount,bind,ro "$target"
done
mount -o remount,bind,ro "$root"

pivot_root . .
umount -l .
cd /
exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --inh-caps=-all \
    --bounding-set "$capabilities" "$@"
