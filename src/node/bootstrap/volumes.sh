# The EBS volumes that a launch made for data: read by bootstrap.sh (disks), only where there are any. Prints no more of them than were
# made: what is attached later is somebody else's. On Xen types they have the names that were asked for.
# shellcheck shell=bash disable=SC2154
{
  blank=
  for block in "$SYS_BLOCK"/nvme*n* "$SYS_BLOCK"/xvd[f-p]; do
    disk=/dev/${block##*/}
    [[ -e $block && $(cat "$block/device/model" 2>/dev/null) != *'Instance Storage'* ]] || continue
    ! compgen -G "$disk?*" >/dev/null || continue
    case $(blkid -p -s LABEL -s TYPE -s PTTYPE -o value "$disk" | tr '\n' ' ') in
      *flintrock*) echo "$disk" ;;
      '') blank+=$disk$'\n' ;;
    esac
  done
  printf %s "$blank"
} | head -n "$VOLUMES"
