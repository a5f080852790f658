<?php

declare(strict_types=1);

namespace Hookgate\Admin;

use Hookgate\Guard;
use Hookgate\Pause;
use Hookgate\Secrets;

/**
 * The page's sections that change something.
 */
final class Forms
{
    public static function pause(): void
    {
        self::heading(__('Pause', 'hookgate'));
        $pause = Pause::current();
        if ($pause !== null) {
            self::resume($pause);
            return;
        }
        self::say(__('While paused, the site answers every delivery 503, so it is tried again later.', 'hookgate'));
        self::open(Actions::PAUSE);
        ?>
            <p>
                <label for="hookgate-reason"><?php esc_html_e('Reason (shown on this page)', 'hookgate'); ?></label>
                <input type="text" id="hookgate-reason" name="reason" class="regular-text" maxlength="200">
                <?php self::button(__('Pause', 'hookgate')); ?>
            </p>
        </form>
        <?php
    }

    /**
     * @param array{reason: string, by: string, since: int} $pause
     */
    private static function resume(array $pause): void
    {
        /* translators: 1: date and time, 2: user name, 3: reason */
        $text = esc_html__('Paused since %1$s by %2$s. Reason: %3$s', 'hookgate');
        $reason = $pause['reason'] === '' ? __('none given', 'hookgate') : $pause['reason'];
        printf("<p>{$text}</p>", Moment::html($pause['since']), esc_html($pause['by']), esc_html($reason));
        self::open(Actions::RESUME);
        self::button(__('Resume', 'hookgate'), 'button button-primary');
        echo '</form>';
    }

    public static function secrets(): void
    {
        self::heading(__('Secrets', 'hookgate'));
        self::say(__('The gate signs each delivery with a secret, which must be one of these.', 'hookgate'));
        if (Secrets::configured() !== []) {
            self::listOfSecrets();
        }
        if (Secrets::inConstant()) {
            self::say(__('They are set in the constant HOOKGATE_SECRET, and are changed there.', 'hookgate'));
            return;
        }
        self::say(__('To change it: add the new one, give it to the gate, then remove the old one.', 'hookgate'));
        self::createSecret();
        self::addSecret();
    }

    private static function listOfSecrets(): void
    {
        ?>
        <table class="widefat striped">
            <caption class="screen-reader-text"><?php esc_html_e('Secrets', 'hookgate'); ?></caption>
            <thead><tr>
                <th scope="col"><?php esc_html_e('Fingerprint', 'hookgate'); ?></th>
                <th scope="col"><?php esc_html_e('State', 'hookgate'); ?></th>
                <?php if (!Secrets::inConstant()) : ?>
                    <th scope="col"><?php esc_html_e('Action', 'hookgate'); ?></th>
                <?php endif; ?>
            </tr></thead>
            <tbody>
            <?php foreach (Secrets::configured() as $secret) : ?>
                <tr>
                    <th scope="row"><code><?php echo esc_html(Secrets::fingerprint($secret)); ?></code></th>
                    <td><?php echo esc_html(self::validity($secret)); ?></td>
                    <?php if (!Secrets::inConstant()) : ?>
                        <td><?php self::removeSecret(Secrets::fingerprint($secret)); ?></td>
                    <?php endif; ?>
                </tr>
            <?php endforeach; ?>
            </tbody>
        </table>
        <?php
    }

    private static function validity(string $secret): string
    {
        return Secrets::isValid($secret)
            ? __('Valid', 'hookgate')
            : __('Not valid: it must be whsec_ and the base64 of 24 to 64 bytes', 'hookgate');
    }

    private static function removeSecret(string $fingerprint): void
    {
        /* translators: %s: fingerprint of a secret */
        $label = sprintf(__('Remove the secret %s', 'hookgate'), $fingerprint);
        self::open(Actions::REMOVE_SECRET);
        printf('<input type="hidden" name="fingerprint" value="%s">', esc_attr($fingerprint));
        printf(
            '<button type="submit" class="button-link button-link-delete" aria-label="%s">%s</button></form>',
            esc_attr($label),
            esc_html__('Remove', 'hookgate')
        );
    }

    private static function createSecret(): void
    {
        self::open(Actions::createNonce(), Page::url());
        echo '<p>';
        self::button(__('Create a secret', 'hookgate'));
        echo ' ', esc_html__('It is shown once, on the next page.', 'hookgate'), '</p></form>';
    }

    private static function addSecret(): void
    {
        self::open(Actions::ADD_SECRET);
        ?>
            <p>
                <label for="hookgate-secret"><?php esc_html_e('Or add an existing one', 'hookgate'); ?></label>
                <input type="password" id="hookgate-secret" name="secret" class="regular-text" placeholder="whsec_…"
                    required autocomplete="off">
                <?php self::button(__('Add', 'hookgate')); ?>
            </p>
        </form>
        <?php
    }

    public static function guard(): void
    {
        self::heading(__('Settings', 'hookgate'));
        self::say(__('WunderAutomation has a webhook URL of its own, which anybody can reach.', 'hookgate'));
        if (!function_exists('wa_wa')) {
            self::say(__('WunderAutomation is not active now, so there is nothing to guard.', 'hookgate'));
        }
        self::open(Actions::GUARD);
        ?>
            <p>
                <input type="checkbox" id="hookgate-guard" name="guard" value="1"<?php checked(Guard::isOn()); ?>>
                <label for="hookgate-guard">
                    <?php esc_html_e('Refuse there what the gate has not signed', 'hookgate'); ?>
                </label>
            </p>
            <p><?php self::button(__('Save', 'hookgate')); ?></p>
        </form>
        <?php
    }

    private static function heading(string $text): void
    {
        printf('<h2>%s</h2>', esc_html($text));
    }

    private static function say(string $text): void
    {
        printf('<p>%s</p>', esc_html($text));
    }

    private static function button(string $text, string $classes = 'button'): void
    {
        printf('<button type="submit" class="%s">%s</button>', esc_attr($classes), esc_html($text));
    }

    /**
     * The nonce is for `$action`, which admin-post.php dispatches on. An own `$url` needs no more than the nonce.
     */
    private static function open(string $action, ?string $url = null): void
    {
        printf('<form method="post" action="%s">', esc_url($url ?? admin_url('admin-post.php')));
        if ($url === null) {
            printf('<input type="hidden" name="action" value="%s">', esc_attr($action));
        }
        printf('<input type="hidden" name="_wpnonce" value="%s">', esc_attr(wp_create_nonce($action)));
    }
}
